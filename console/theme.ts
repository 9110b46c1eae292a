import { createTheme, type CSSVariablesResolver, type MantineColorsTuple, type MantineTheme } from '@mantine/core'

/** River green-blue, from mist to deep water: the one colour that says "act here". */
const river: MantineColorsTuple = ['#eef7f6', '#dcecea', '#b6d8d4', '#8cc3bd', '#68b1a9', '#4f9f97', '#39857e', '#2b6c66', '#235853', '#1a4541']
/** Cool greys with a breath of green, so that large calm areas do not look dead. */
const stone: MantineColorsTuple = ['#f8faf9', '#f1f4f3', '#e4e9e7', '#d2dad7', '#a9b5b1', '#7e8c88', '#5f6d69', '#4b5754', '#333d3a', '#1f2725']
const ink: MantineColorsTuple = ['#d5dbd9', '#aeb8b5', '#87938f', '#626f6b', '#46524e', '#343e3b', '#272f2d', '#1d2422', '#161b1a', '#0f1312']

export const theme = createTheme({
  primaryColor: 'river',
  primaryShade: { light: 7, dark: 7 },
  colors: { river, gray: stone, dark: ink },
  fontFamily: "'Inter Variable', Inter, -apple-system, BlinkMacSystemFont, 'Segoe UI', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans SC', 'Noto Sans CJK SC', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'Liberation Mono', 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  headings: { fontWeight: '620', sizes: { h1: { fontSize: '22px', lineHeight: '1.3' }, h2: { fontSize: '17px', lineHeight: '1.35' }, h3: { fontSize: '14px', lineHeight: '1.4' } } },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  cursorType: 'pointer',
  focusRing: 'auto',
  autoContrast: true,
  luminanceThreshold: 0.38,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    InputWrapper: { styles: { label: { marginBottom: 4 } } },
    TextInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', checkIconPosition: 'right' } },
    MultiSelect: { defaultProps: { size: 'sm' } },
    Textarea: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false } },
    Modal: { defaultProps: { centered: true, radius: 'lg', padding: 'lg', overlayProps: { backgroundOpacity: 0.35 } }, styles: { title: { fontSize: '16px', fontWeight: 620 } } },
    Alert: {
      vars: (_theme: MantineTheme, { color }: { color?: string | undefined }) => {
        const tone = color === 'red' ? 'bad' : color === 'yellow' ? 'warn' : 'good'
        return { root: { '--alert-bg': `var(--${tone}-soft)`, '--alert-color': `var(--${tone})` } }
      },
    },
    // The placeholder of Mantine can be focused, which a menu must hold nothing of but its items.
    Menu: { defaultProps: { shadow: 'md', radius: 'md', withInitialFocusPlaceholder: false } },
  },
})

/** Tokens by meaning. Every colour of a component is one of these or of Mantine's own. */
export const tokens: CSSVariablesResolver = () => ({
  variables: { '--row-height': '76px', '--rail-width': '60px', '--pane-list': '364px', '--pane-details': '320px', '--header-height': '56px' },
  light: {
    '--face-back': '34% 90%', '--face-ink': '45% 27%',
    '--surface': '#ffffff', '--surface-raised': '#ffffff', '--surface-sunken': '#f6f8f7', '--surface-rail': '#eef2f0',
    '--line': '#e4e9e7', '--line-strong': '#d2dad7', '--text': '#1f2725', '--text-soft': '#4f5c58', '--text-faint': '#5a6763',
    '--hover': '#f1f5f3', '--selected': '#e3f0ee', '--bubble-in': '#f1f4f3', '--bubble-out': '#e0efed', '--note': '#fff8e6', '--note-line': '#ecd9a3',
    '--accent': '#25625c', '--good': '#1f7a4d', '--warn': '#8f5a00', '--warn-soft': '#fdf1dc', '--bad': '#b3312c', '--bad-soft': '#fceceb', '--good-soft': '#e4f4eb',
    '--shadow-card': '0 1px 2px rgb(20 40 36 / 6%), 0 8px 24px rgb(20 40 36 / 8%)',
    '--mantine-color-body': '#ffffff', '--mantine-color-text': '#1f2725', '--mantine-color-dimmed': '#55625e', '--mantine-color-placeholder': '#6b7874', '--mantine-color-error': '#b3312c',
  },
  dark: {
    '--face-back': '20% 27%', '--face-ink': '42% 85%',
    '--surface': '#161b1a', '--surface-raised': '#1d2422', '--surface-sunken': '#121716', '--surface-rail': '#0f1312',
    '--line': '#272f2d', '--line-strong': '#3a4542', '--text': '#e2e8e6', '--text-soft': '#a5b1ad', '--text-faint': '#919e9a',
    '--hover': '#1c2321', '--selected': '#1f312e', '--bubble-in': '#212927', '--bubble-out': '#1f3936', '--note': '#2c2718', '--note-line': '#54481f',
    '--accent': '#7cc2ba', '--good': '#62c08f', '--warn': '#e0ac52', '--warn-soft': '#332914', '--bad': '#f08a84', '--bad-soft': '#3a1e1d', '--good-soft': '#16301f',
    '--shadow-card': '0 1px 2px rgb(0 0 0 / 40%), 0 8px 28px rgb(0 0 0 / 45%)',
    '--mantine-color-body': '#161b1a', '--mantine-color-text': '#e2e8e6', '--mantine-color-dimmed': '#a5b1ad', '--mantine-color-placeholder': '#87938f', '--mantine-color-error': '#f08a84',
  },
})
