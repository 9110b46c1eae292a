export const panelCss = `
.panel,.panel *{box-sizing:border-box}
.panel{position:fixed;inset-block-end:88px;inset-inline-end:20px;z-index:2147483000;width:380px;height:min(640px,calc(100dvh - 108px));display:flex;flex-direction:column;background:var(--surface);color:var(--text);font:var(--font);border:1px solid var(--line);border-radius:var(--radius);box-shadow:var(--shadow);overflow:hidden;animation:rise .16s ease-out}
.panel[hidden]{display:none}
@keyframes rise{from{opacity:0;transform:translateY(8px)}}
.panel h2,.panel h3,.panel p,.panel ol,.panel ul,.panel fieldset{margin:0;padding:0;border:0;list-style:none;font:inherit}
.panel .head{display:flex;align-items:center;gap:6px;padding:10px 8px 10px 16px;border-block-end:1px solid var(--line)}
.panel h2{flex:1;font-weight:650;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.panel h3{font-weight:650}
.panel button,.panel input,.panel textarea,.panel summary{font:inherit;color:inherit}
.panel button,.panel summary{cursor:pointer}
.panel :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.panel .log:focus-visible{outline-offset:-2px}
.icon,.menu summary{display:grid;place-items:center;min-width:36px;height:36px;padding:0;border:0;border-radius:9px;background:none;font-size:20px;line-height:1;list-style:none}
.menu summary::-webkit-details-marker{display:none}
.icon:hover,.menu summary:hover{background:var(--raised)}
.menu{position:relative}
.menu-items{position:absolute;inset-inline-end:0;z-index:2;min-width:230px;padding:6px;display:grid;background:var(--surface);border:1px solid var(--line);border-radius:11px;box-shadow:var(--shadow)}
.menu-items button{text-align:start;padding:9px 10px;border:0;border-radius:8px;background:none}
.menu-items button:hover{background:var(--raised)}
.panel .menu-items p{padding:6px 10px;overflow-wrap:anywhere}
.panel .status{padding:7px 16px;background:var(--raised);color:var(--muted);font-size:13px}
.panel .status:empty{display:none}
.panel .status.warn{color:var(--danger)}
.log-frame{flex:1;min-height:80px;position:relative;display:flex}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:12px 16px;overflow-wrap:anywhere}
.panel .empty{margin:24px 8px;color:var(--muted);text-align:center}
.day{margin:14px 0 8px;text-align:center;color:var(--muted);font-size:12px}
.item{margin-block-end:8px;display:flex;flex-direction:column;align-items:flex-start;max-width:86%}
.item.own{margin-inline-start:auto;align-items:flex-end}
.panel .author{margin:6px 4px 2px;color:var(--muted);font-size:12px}
.panel .bubble{padding:8px 12px;border-radius:14px;border-end-start-radius:4px;background:var(--raised);white-space:pre-wrap;unicode-bidi:plaintext;max-width:100%}
.panel .own .bubble{background:var(--accent);color:var(--accent-text);border-end-start-radius:14px;border-end-end-radius:4px}
.panel .bubble.muted{background:none;border:1px dashed var(--line);color:var(--muted)}
.bubble a{color:inherit;text-decoration:underline}
.pending .bubble{opacity:.75}
.panel .meta{margin:2px 4px 0;color:var(--muted);font-size:11.5px}
.panel .error{color:var(--danger)}
.muted{color:var(--muted)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.file,.picture{margin-block-start:4px;padding:8px 12px;border:1px solid var(--line);border-radius:12px;background:var(--surface);text-align:start;max-width:100%;overflow-wrap:anywhere}
.picture{padding:0;overflow:hidden;min-width:120px;min-height:90px}
.picture img{display:block;min-width:100%;max-width:100%;max-height:260px;object-fit:cover}
.panel .typing{color:var(--muted);font-size:13px;font-style:italic}
.news{position:absolute;inset-block-end:8px;inset-inline:0;margin-inline:auto;width:max-content;padding:6px 12px;border:0;border-radius:16px;background:var(--accent);box-shadow:var(--shadow)}
.panel .news,.panel .send{color:var(--accent-text)}
.link{padding:4px;border:0;background:none;text-decoration:underline}
.panel .link{color:var(--accent)}
.wide{display:block;margin:0 auto 8px}
.card{margin:0 12px 8px;padding:12px;border:1px solid var(--line);border-radius:12px;background:var(--raised);display:grid;gap:8px;font-size:14px;max-height:52%;overflow-y:auto}
.panel p.card{padding:12px;margin:0 12px 8px}
.card label{display:grid;gap:3px}
.card input:not([type=radio]),.card textarea{width:100%;padding:8px 10px;border:1px solid var(--line);border-radius:9px;background:var(--surface);resize:vertical}
.actions{display:flex;gap:10px;align-items:center}
.send{padding:8px 14px;border:0;border-radius:10px;background:var(--accent);font-weight:600}
.send:disabled{opacity:.45;cursor:default}
.scale{display:flex;flex-wrap:wrap;gap:4px;margin-block-start:6px}
.scale label{position:relative;display:grid;place-items:center;min-width:34px;height:38px;flex:1;border:1px solid var(--line);border-radius:9px;background:var(--surface);font-size:17px;cursor:pointer}
.scale .chosen{border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
.scale input{position:absolute;inset:0;opacity:0;margin:0;cursor:pointer}
.scale label:focus-within{outline:2px solid var(--accent);outline-offset:2px}
.ends{display:flex;justify-content:space-between;font-size:12px}
.composer{padding:8px 10px 10px;border-block-start:1px solid var(--line);display:grid;gap:6px}
.row{display:flex;gap:6px;align-items:flex-end}
.row textarea{flex:1;min-width:0;min-height:38px;max-height:130px;padding:8px 10px;border:1px solid var(--line);border-radius:10px;background:var(--surface);resize:none}
.picked{display:grid;gap:4px;font-size:13px}
.picked li{display:flex;align-items:center;gap:8px;min-width:0}
.picked bdi{flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.picked progress{width:80px}
.panel .drop{position:absolute;inset:8px;z-index:3;display:grid;place-items:center;border:2px dashed var(--accent);border-radius:10px;background:var(--surface);opacity:.93}
@media (max-width:520px){.panel{inset:0;width:auto;height:auto;border:0;border-radius:0;padding-block-end:env(safe-area-inset-bottom)}.row textarea,.card input,.card textarea{font-size:16px}}
@media (prefers-reduced-motion:reduce){.panel{animation:none}}
@media (forced-colors:active){.panel .bubble,.send,.scale .chosen{border:1px solid}}
@media print{.panel{display:none}}`
