import { useMemo } from 'react'
import { useT } from '../i18n.tsx'

/** What a customer is called on screen: a visitor who said nothing about themselves has no label of their own. */
export function useCustomerLabel(): (label: string) => string {
  const t = useT()
  return useMemo(() => (label) => (label === '' ? t('customer.visitor') : label), [t])
}

/** The last words of a contact. A call and a file have none, the server marks them with a sign. */
export function useSnippet(): (snippet: string | null) => string {
  const t = useT()
  return useMemo(() => (snippet) => {
    if (snippet === null || snippet === '') return t('inbox.noText')
    if (snippet === '📞') return t('inbox.callSnippet')
    if (snippet === '📞↩') return t('inbox.callbackSnippet')
    return snippet === '📎' ? t('inbox.fileSnippet') : snippet
  }, [t])
}
