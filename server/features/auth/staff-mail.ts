import type { Transporter } from 'nodemailer'

export type StaffMail = { to: string; subject: string; text: string }
/** Sends mail to staff; false when the deployment has no way to send. */
export type StaffMailer = { send(mail: StaffMail): Promise<boolean>; close(): void }

/** Staff mail goes straight to the outgoing server of the deployment: it belongs to no conversation. */
export function createStaffMailer({ smtpUrl, from }: { smtpUrl: string | undefined; from: string }): StaffMailer {
  let opening: Promise<Transporter> | undefined
  const open = (url: string) => (opening ??= import('nodemailer').then(({ createTransport }) => createTransport(url, { disableFileAccess: true, disableUrlAccess: true, connectionTimeout: 10_000, socketTimeout: 20_000 } as never)))
  return {
    async send({ to, subject, text }) {
      if (smtpUrl === undefined) return false
      const transport = await open(smtpUrl)
      await transport.sendMail({ envelope: { from, to: [to] }, from, to: { name: '', address: to }, subject, text, headers: { 'Auto-Submitted': 'auto-generated' } })
      return true
    },
    close: () => void opening?.then((transport) => transport.close()),
  }
}
