/** The style of the HTML report: its colours follow the reader's light or dark, and never say anything alone. */
export const STYLE = `
:root { --paper: #fff; --ink: #1c2126; --soft: #5a646e; --line: #d5dbe1; --panel: #f4f6f8; --good: #17633a; --bad: #a3161f; --warn: #7a4b00; --blue: #1b4f8f; --focus: #1b4f8f; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181c; --ink: #e6eaee; --soft: #a5b0ba; --line: #38424c; --panel: #1d2329; --good: #6fd39b; --bad: #ff8f8f; --warn: #f0bd62; --blue: #8fbcf5; --focus: #8fbcf5; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 72rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.8rem; } h2 { margin: 2rem 0 .5rem; font-size: 1.25rem; } h3 { margin: 0 0 .4rem; font-size: .9rem; color: var(--soft); }
small, .made, .count { color: var(--soft); } small { font-size: .82rem; }
code, .file { font-family: ui-monospace, monospace; font-size: .82rem; overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.verdict { border-left: .5rem solid var(--good); background: var(--panel); padding: 1rem 1.25rem; border-radius: .4rem; }
.verdict h1 { color: var(--good); } .verdict.refused { border-color: var(--bad); } .verdict.refused h1 { color: var(--bad); }
.verdict.nothing-to-do { border-color: var(--soft); } .verdict.nothing-to-do h1 { color: var(--ink); }
.finding { border: 1px solid var(--line); border-left: .35rem solid var(--soft); border-radius: .3rem; margin: .5rem 0; padding: .4rem .8rem; }
.finding.refuse { border-left-color: var(--bad); } .finding.refuse b { color: var(--bad); }
.finding.warning { border-left-color: var(--warn); } .finding.warning b { color: var(--warn); }
.finding summary { cursor: pointer; } .count::before { content: '× '; }
.filter { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin-top: 1.5rem; padding: .7rem 0; background: var(--paper); border-bottom: 1px solid var(--line); }
input, select { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft); border-radius: .3rem; padding: .3rem .5rem; } ::placeholder { color: var(--soft); opacity: 1; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .5rem .6rem; border-bottom: 1px solid var(--line); }
tr[hidden] { display: none; } thead th { color: var(--soft); font-size: .85rem; }
.name { white-space: nowrap; } .bases th { overflow-wrap: anywhere; }
.volumes { list-style: none; margin: 0; padding: 0; min-width: 22rem; } .volumes li + li { margin-top: .35rem; }
.type { display: inline-block; min-width: 5.6rem; color: var(--soft); font-size: .85rem; }
.fate { display: inline-block; padding: 0 .5rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .85rem; font-weight: 600; color: var(--blue); }
.fate.kept { color: var(--soft); font-weight: 400; } .fate.endangered, .fate.unknown, .fate.purged { color: var(--bad); } .fate.archived, .fate.reverted, .fate.adopted { color: var(--warn); }
.layers { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: center; margin: .8rem 0; } .arrow { font-size: 1.6rem; color: var(--soft); }
.stacks { display: flex; flex-wrap: wrap; gap: .8rem; list-style: none; margin: 0; padding: 0; align-items: end; }
.stacks li { display: flex; flex-direction: column; min-width: 10rem; max-width: min(17rem, 90vw); text-align: center; }
.stacks .overlays { border: 2px solid var(--blue); border-bottom: 0; border-radius: .4rem .4rem 0 0; margin: 0 .8rem; padding: .4rem .6rem; } .stacks small { display: block; }
.stacks .base { border: 2px solid var(--ink); border-radius: .3rem; padding: .4rem .6rem; background: var(--panel); font-weight: 600; }
.stacks .retained .overlays { border-style: dashed; } .stacks .none { color: var(--soft); }
.head { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; margin: .8rem 0 0; } .head dt { color: var(--soft); } .head dd { margin: 0; overflow-wrap: anywhere; }
.verdict.failed { border-color: var(--bad); } .verdict.failed h1 { color: var(--bad); } .verdict.open { border-color: var(--warn); } .verdict.open h1 { color: var(--warn); }
.steps { margin: .3rem 0 0; padding-left: 1.2rem; font-size: .9rem; } .fate.done, .fate.same { color: var(--good); } .fate.failed, .fate.changed { color: var(--bad); } .fate.skipped { color: var(--warn); }
pre { margin: .3rem 0; padding: .5rem; background: var(--panel); white-space: pre-wrap; overflow-wrap: anywhere; font: .82rem ui-monospace, monospace; } summary { cursor: pointer; } .runs td { min-width: 12rem; } .runs th small { font-weight: 400; white-space: nowrap; }
@media (max-width: 30rem) { .head { display: block; } .head dd { margin-bottom: .4rem; } }
@media print { .filter { display: none; } }
`;

/** The filter by clone and by fate; without it the report shows everything. */
export const SCRIPT = `
'use strict';
(() => {
  const name = document.getElementById('by-clone'), fate = document.getElementById('by-fate'), shown = document.getElementById('shown');
  if (!name) return;
  const rows = [...document.querySelectorAll('tr[data-clone]')];
  const apply = () => {
    const part = name.value.trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      const { clone, fates, changed } = row.dataset;
      const fits = fate.value === '' || (fate.value === 'changed' ? changed === 'true' : fates.split(' ').includes(fate.value));
      row.hidden = !(fits && clone.toLowerCase().includes(part));
      if (!row.hidden) count += 1;
    }
    shown.textContent = count === rows.length ? rows.length + ' clones' : count + ' of ' + rows.length + ' clones';
  };
  name.form.addEventListener('submit', (event) => event.preventDefault());
  name.addEventListener('input', apply);
  fate.addEventListener('change', apply);
})();
`;
