import '@mantine/core/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import '@fontsource-variable/inter/index.css'
import './look/base.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { createRoot } from 'react-dom/client'
import { LocaleProvider } from './i18n.tsx'
import { router } from './router.tsx'
import { useLocaleChoice } from './state/preferences.ts'
import { theme, tokens } from './theme.ts'

const queries = new QueryClient({
  // Only what no event changes is in here; a lost connection must not make every screen ask for everything again.
  defaultOptions: { queries: { refetchOnWindowFocus: false, refetchOnReconnect: false, retry: 1, staleTime: 30_000 } },
})

function App() {
  const locale = useLocaleChoice()
  return (
    <LocaleProvider locale={locale}>
      <RouterProvider router={router} />
    </LocaleProvider>
  )
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <MantineProvider theme={theme} cssVariablesResolver={tokens} defaultColorScheme="auto">
      <Notifications position="top-center" limit={3} autoClose={6000} />
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </MantineProvider>,
  )
}
