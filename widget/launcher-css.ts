export const tokensCss = `
:host{all:initial;--accent:#1f5fd6;--accent-text:#fff;--surface:#fff;--raised:#f2f4f8;--text:#1b2333;--muted:#586174;--line:#d9dee8;--danger:#b3261e;--radius:14px;--shadow:0 10px 34px rgb(15 23 42/.22);
--font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei","Noto Sans SC",sans-serif;color-scheme:light dark}
@media (prefers-color-scheme:dark){:host{--accent:#7aa7ff;--accent-text:#0b1730;--surface:#171c27;--raised:#232a38;--text:#eef1f7;--muted:#a5aec0;--line:#364054;--danger:#ff9d95;--shadow:0 10px 34px rgb(0 0 0/.55)}}`

export const launcherCss = `${tokensCss}
.launcher{position:fixed;inset-block-end:20px;inset-inline-end:20px;z-index:2147483000;width:56px;height:56px;border:0;border-radius:50%;background:var(--accent);color:var(--accent-text);box-shadow:var(--shadow);cursor:pointer;padding:0;display:grid;place-items:center}
.launcher:focus-visible{outline:3px solid var(--text);outline-offset:3px}
.launcher svg{width:28px;height:28px;fill:currentColor}
.badge{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-width:22px;height:22px;padding:0 5px;box-sizing:border-box;border-radius:11px;background:#b3261e;color:#fff;font:600 12px/22px system-ui,sans-serif;text-align:center}
.badge[hidden]{display:none}
.note{position:fixed;inset-block-end:86px;inset-inline-end:20px;z-index:2147483000;margin:0;padding:8px 12px;border-radius:10px;background:var(--surface);color:var(--text);font:var(--font);box-shadow:var(--shadow);max-width:260px}
.note:empty{display:none}
@media (max-width:520px){:host([data-open]) .launcher{display:none}}
@media print{:host{display:none}}`
