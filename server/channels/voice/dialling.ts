/**
 * Which numbers the hub may dial. Toll fraud lives on premium, satellite and high-cost routes, so the list names the countries
 * where staff may be, and what of them is refused all the same.
 */
const callingCodes: readonly string[] = [
  '1', '7', '20', '27', '30', '31', '32', '33', '34', '36', '39', '40', '41', '43', '44', '45', '46', '47', '48', '49', '51', '52', '54', '55', '56', '57', '60', '61', '62', '63', '64', '65', '66', '81', '82', '84', '86',
  '90', '91', '351', '352', '353', '354', '356', '357', '358', '359', '370', '371', '372', '385', '386', '420', '421', '423', '852', '853', '886', '966', '971', '972',
]

/** Premium rates, shared cost, personal and Caribbean numbers that look like domestic ones, satellites. */
const refusedPrefixes: readonly string[] = [
  '1900', '1976', '1242', '1246', '1264', '1268', '1284', '1345', '1441', '1473', '1649', '1664', '1721', '1758', '1767', '1784', '1809', '1829', '1849', '1868', '1869', '1876',
  '4470', '449', '4484', '4487', '3389', '49900', '49137', '39899', '41900', '41901', '41906', '6119', '90900', '34803', '34806', '34807', '870', '881', '882', '883', '878', '979', '7840', '7940',
]

/** May the hub call this number? E.164 only. */
export function mayDial(number: string): { ok: true } | { ok: false; reason: 'not-a-number' | 'country-not-allowed' | 'premium-rate' } {
  const digits = /^\+([1-9]\d{6,14})$/.exec(number)?.[1]
  if (digits === undefined) return { ok: false, reason: 'not-a-number' }
  if (refusedPrefixes.some((prefix) => digits.startsWith(prefix))) return { ok: false, reason: 'premium-rate' }
  return callingCodes.some((code) => digits.startsWith(code)) ? { ok: true } : { ok: false, reason: 'country-not-allowed' }
}
