/** Fields whose objection by the server is shown where it belongs. */
import { MultiSelect, NumberInput, Select, TextInput } from '@mantine/core'
import { useFieldProblem } from './parts.tsx'

interface Option { value: string; label: string }

export function TextField({ path, ...props }: { path: string; label: string; description?: string; value: string; onChange: (value: string) => void; autoFocus?: boolean; type?: string; placeholder?: string; error?: string | null; maxLength?: number; autoComplete?: string }) {
  const problem = useFieldProblem(path)
  const { onChange, autoFocus, error, ...rest } = props
  return <TextInput maxLength={100} autoComplete="off" {...rest} {...(autoFocus === true ? { 'data-autofocus': true } : {})} error={error ?? problem} onChange={(event) => onChange(event.currentTarget.value)} />
}

export function ChoiceField({ path, options, value, onChange, ...props }: { path: string; label: string; description?: string; options: Option[]; value: string | null; onChange: (value: string | null) => void; clearable?: boolean; placeholder?: string; disabled?: boolean }) {
  const problem = useFieldProblem(path)
  return <Select searchable={options.length > 8} {...props} allowDeselect={props.clearable === true} data={options} value={value} onChange={onChange} error={problem} />
}

export function ChoicesField({ path, options, value, onChange, ...props }: { path: string; label: string; description?: string; options: Option[]; value: string[]; onChange: (value: string[]) => void; placeholder?: string; nothingFoundMessage?: string }) {
  const problem = useFieldProblem(path)
  return <MultiSelect searchable hidePickedOptions {...props} data={options} value={value} onChange={onChange} error={problem} />
}

/** A length of time, kept in milliseconds, written in a unit that suits it. */
export function DurationField({ path, unitMs, value, onChange, ...props }: { path: string; label: string; description?: string; unitMs: number; value: number; onChange: (ms: number) => void; min?: number; max?: number; w?: number }) {
  const problem = useFieldProblem(path)
  return <NumberInput {...props} value={value / unitMs} decimalScale={2} min={props.min ?? 0} error={problem} onChange={(units) => onChange(Math.round(Number(units) * unitMs))} />
}

export function NumberField({ path, value, onChange, ...props }: { path: string; label: string; description?: string; value: number; onChange: (value: number) => void; min: number; max: number; w?: number }) {
  const problem = useFieldProblem(path)
  return <NumberInput {...props} value={value} allowDecimal={false} error={problem} onChange={(number) => onChange(Number(number))} />
}

/** A number that may be left empty; `unit` is how many of what is kept make one of what is written. */
export function OptionalField({ path, unit = 1, value, onChange, ...props }: { path: string; label: string; description?: string; placeholder: string; suffix?: string; unit?: number; min: number; max: number; value: number | null; onChange: (value: number | null) => void }) {
  const problem = useFieldProblem(path)
  return <NumberInput {...props} placeholder={`${props.placeholder}${props.suffix ?? ''}`} value={value === null ? '' : value / unit} decimalScale={2} error={problem} onChange={(number) => onChange(number === '' ? null : Math.round(Number(number) * unit))} />
}
