export const templateDatabase = 'tributary_template'
