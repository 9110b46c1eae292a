/**
 * SQL for what to call a customer: the name, else the best address, else nothing (screens then say "Visitor").
 * Expects the customer's row under the alias given.
 */
export function customerLabelSql(customer: string): string {
  return `coalesce(nullif(${customer}.name, ''), (
    select coalesce(nullif(i.display_name, ''), case when i.kind in ('phone', 'email') then i.value end)
    from identity i where i.customer_id = ${customer}.id and (i.display_name is not null or i.kind in ('phone', 'email'))
    order by (i.evidence = 'proved') desc, (i.display_name is not null) desc, i.created_at, i.id limit 1), '')`
}
