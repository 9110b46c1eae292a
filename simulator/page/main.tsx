import { render } from 'preact'
import { App } from './app.tsx'
import './page.css'

const root = document.getElementById('page')
if (!root) throw new Error('the page has no root')
render(<App />, root)
