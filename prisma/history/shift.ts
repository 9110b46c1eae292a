/** Who did the work of the past month, by queue. They sign in to nothing, so live contacts are never offered to them. */
export const shift: Readonly<Record<string, readonly string[]>> = {
  Service: ['Nora Whitfield', 'Mateo Rivas', '陈雨婷', 'Amara Diallo'],
  Sales: ['Nora Whitfield', '陈雨婷'],
  Repairs: ['Mateo Rivas', 'Tomasz Nowak'],
  Accounts: ['Amara Diallo'],
}
export const shiftNames: readonly string[] = [...new Set(Object.values(shift).flat())]
export const supervisor = 'Sam Ortiz'
