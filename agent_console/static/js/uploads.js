// Handing in a file: sent with its progress, looked at, tried without effect, taken in. Lists and payments share it.
import { html, useEffect, useMemo, useState, useStore } from './lib.js';
import { post, Problem, query } from './api.js';
import { useCampaigns } from './campaigns.js';
import { dateTime, number } from './format.js';
import { known, language, t, useLanguage } from './i18n.js';
import { uploads as pushed } from './live.js';
import { Badge, Banner, Card, Empty, Icon, useAction, useLatest } from './parts.js';

const TONE = { done: 'ok', failed: 'bad', running: 'info', checking: 'info', checked: 'warn' };
const AT_WORK = ['checking', 'running'];
const DELIMITERS = [',', ';', '\t', '|'];

export const Lists = () => html`<${HandIn} kind="leads" />`;
export const PaymentFiles = () => html`<${HandIn} kind="payments" />`;

/** XMLHttpRequest, for fetch does not tell how much has been sent. */
function send(address, file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1${address}${query({ file_name: file.name })}`);
    request.setRequestHeader('x-cadencia-request', '1');
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => onProgress(event.loaded / Math.max(1, file.size));
    request.onload = () => {
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch { /* a proxy's own page */ }
      if (request.status === 201) resolve(body);
      else reject(new Problem(request.status, body));
    };
    request.onerror = () => reject(new Problem(0, { code: 'unreachable' }));
    request.send(file);
  });
}

function HandIn({ kind }) {
  useLanguage();
  const [all, setAll] = useState(null);
  const [problem, setProblem] = useState(null);
  const [open, setOpen] = useState(null);
  const news = useStore(pushed);
  const ask = useLatest();
  const read = () => ask(`/uploads${query({ kind, limit: 30 })}`).then((found) => setAll(found.uploads), setProblem);
  useEffect(() => {
    read();
  }, []);
  const states = JSON.stringify(Object.values(news).map((one) => [one.id, one.state]));
  useEffect(() => {
    if (all) read();
  }, [states]);
  if (problem) return html`<${Banner} tone="bad">${problem.words}</${Banner}>`;
  if (!all) return html`<p class="loading">${t('state.loading')}</p>`;
  const current = all.find((one) => one.id === open);
  return html`
    <div class="page-head"><h1>${t(`uploads.${kind}.title`)}</h1></div>
    <div class="two">
      <div class="column">
        ${current ? html`<${Upload} key=${current.id} upload=${current} onChanged=${read} onClose=${() => setOpen(null)} />`
          : html`<${Choose} kind=${kind} onSent=${async (upload) => { await read(); setOpen(upload.id); }} />`}
      </div>
      <${Card} id="uploads" title=${t('uploads.latest')}>
        ${all.length === 0 ? html`<${Empty} title=${t('uploads.none')} />` : html`
          <ul class="campaign-list">${all.map((one) => html`
            <li key=${one.id} data-upload=${one.id}><a href="#" aria-current=${one.id === open ? 'true' : undefined} onClick=${(event) => { event.preventDefault(); setOpen(one.id); }}>
              <strong>${one.name} <${Badge} tone=${TONE[one.state]}>${t(`uploads.state.${one.state}`)}</${Badge}></strong>
              <small class="quiet">${[one.campaign, one.by, dateTime(one.began_at), size(one.bytes)].filter(Boolean).join(' · ')}</small></a></li>`)}
          </ul>`}
      </${Card}>
    </div>`;
}

const size = (bytes) => (bytes < 1e6 ? `${number(Math.ceil(bytes / 1000))} kB` : `${number(bytes / 1e6, 1)} MB`);

function Choose({ kind, onSent }) {
  const [campaigns] = useCampaigns();
  const [busy, run] = useAction();
  const [sent, setSent] = useState(null);
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const file = form.get('file');
    const address = kind === 'leads' ? `/campaigns/${encodeURIComponent(String(form.get('campaign')))}/lists` : '/payments/files';
    run(async () => {
      setSent(0);
      try {
        await onSent(await send(address, file, setSent));
      } finally {
        setSent(null);
      }
    });
  };
  return html`
    <${Card} id="choose" title=${t(`uploads.${kind}.choose`)}>
      <p class="quiet">${t(`uploads.${kind}.hint`)}</p>
      <form class="form" onSubmit=${submit} aria-label=${t(`uploads.${kind}.choose`)}>
        ${kind === 'leads' && html`<label class="field"><span>${t('attempts.campaign')}</span>
          <select name="campaign" required>${(campaigns ?? []).map((one) => html`<option value=${one.name}>${one.name}</option>`)}</select></label>`}
        <label class="field"><span>${t('uploads.file')}</span><input type="file" name="file" required accept=".csv,.txt,.tsv,text/csv,text/plain" /></label>
        ${sent !== null && html`<${Bar} share=${sent} words=${t('uploads.sending', { share: Math.round(sent * 100) })} />`}
        <button class="button button-main" disabled=${busy || (kind === 'leads' && !campaigns)}><${Icon} name="upload" />${t('uploads.send')}</button>
      </form>
    </${Card}>`;
}

const Bar = ({ share, words }) => html`
  <div role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)} aria-label=${words} class="meter"><i class="meter-fill fill-ok" style=${{ width: `${share * 100}%` }}></i></div>
  <p class="meter-words">${words}</p>`;

function Upload({ upload, onChanged, onClose }) {
  const news = useStore(pushed)[upload.id];
  const { state } = upload;
  const [busy, run] = useAction();
  const [look, setLook] = useState(null);
  const [chosen, setChosen] = useState({ delimiter: null, decimal: null, roles: null, origin: '', country: 'CO' });
  const [problem, setProblem] = useState(null);
  const kept = !['done', 'discarded'].includes(state);
  const ask = useLatest();
  useEffect(() => {
    if (!kept) return;
    ask(`/uploads/${upload.id}/look${query({ delimiter: chosen.delimiter })}`).then((found) => { setLook(found); setProblem(null); }, setProblem);
  }, [chosen.delimiter, kept]);
  const reading = useMemo(() => {
    const common = { delimiter: chosen.delimiter, decimal: chosen.decimal, language: language.value };
    return upload.kind === 'leads' ? { ...common, roles: chosen.roles } : { ...common, origin: chosen.origin, country: chosen.country };
  }, [chosen, language.value]);
  const begin = (verb) => run(async () => {
    await post(`/uploads/${upload.id}/${verb}`, reading);
    await onChanged();
  });
  const discard = () => run(async () => {
    await post(`/uploads/${upload.id}/discard`);
    await onChanged();
    onClose();
  }, t('uploads.discarded'));
  const working = AT_WORK.includes(state);
  const share = news && news.total ? news.done / news.total : 0;
  return html`
    <${Card} id="upload" title=${upload.name} aside=${html`<${Badge} tone=${TONE[state]}>${t(`uploads.state.${state}`)}</${Badge}>`}>
      <p class="quiet">${[upload.campaign, size(upload.bytes), look && t('uploads.written', { encoding: look.encoding, delimiter: delimiterWords(look.delimiter) })].filter(Boolean).join(' · ')}</p>
      ${problem && kept && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
      ${working && html`<${Bar} share=${share} words=${t(state === 'checking' ? 'uploads.checking' : 'uploads.taking_in', { share: Math.round(share * 100) })} />`}
      <${Report} upload=${upload} state=${state} />
      ${look && kept && !working && html`<${Columns} kind=${upload.kind} look=${look} chosen=${chosen} onChange=${(change) => setChosen({ ...chosen, ...change })} />`}
      <div class="button-row upload-buttons">
        ${kept && !working && html`
          <button type="button" class="button" disabled=${busy || problem} onClick=${() => begin('check')}><${Icon} name="search" />${t('uploads.check')}</button>
          <button type="button" class="button button-main" disabled=${busy || problem} onClick=${() => begin('import')}><${Icon} name="check" />${t('uploads.import')}</button>
          <button type="button" class="button button-quiet-bad" disabled=${busy} onClick=${discard}>${t('uploads.discard')}</button>`}
        <button type="button" class="button button-plain" onClick=${onClose}>${t('uploads.another')}</button>
      </div>
    </${Card}>`;
}

const delimiterWords = (one) => (known(`uploads.delimiter.${one}`) ? t(`uploads.delimiter.${one}`) : one === '\t' ? t('uploads.delimiter.tab') : one);
const roleWords = (role) => t(`role_of.${role || 'own'}`);

function Columns({ kind, look, chosen, onChange }) {
  const roles = chosen.roles ?? look.columns.map((column) => column.role);
  const set = (index, role) => onChange({ roles: roles.map((one, at) => (at === index ? role : one)) });
  return html`
    <div class="filters">
      <label class="field"><span>${t('uploads.delimiter')}</span>
        <select value=${chosen.delimiter ?? look.delimiter} onChange=${(event) => onChange({ delimiter: event.target.value, roles: null })}>
          ${DELIMITERS.map((one) => html`<option value=${one} selected=${one === (chosen.delimiter ?? look.delimiter)}>${delimiterWords(one)}</option>`)}</select></label>
      <label class="field"><span>${t('uploads.decimal')}</span>
        <select value=${chosen.decimal ?? ''} onChange=${(event) => onChange({ decimal: event.target.value || null })}>
          <option value="">${t('uploads.decimal_auto')}</option><option value=",">1.234,50</option><option value=".">1,234.50</option></select></label>
      ${kind === 'payments' && html`
        <label class="field"><span>${t('uploads.origin')}</span><input maxlength="64" value=${chosen.origin} onInput=${(event) => onChange({ origin: event.target.value })} /><small>${t('uploads.origin_hint')}</small></label>
        <label class="field"><span>${t('cfg.country')}</span><input maxlength="2" pattern="[A-Z]{2}" value=${chosen.country} onInput=${(event) => onChange({ country: event.target.value.toUpperCase() })} /></label>`}
    </div>
    <div class="scroll-x" tabindex="0" role="group" aria-label=${t('uploads.columns')}><table class="table columns">
      <caption class="hidden">${t('uploads.columns')}</caption>
      <thead><tr><th scope="col">${t('uploads.column')}</th>${kind === 'leads' && html`<th scope="col">${t('uploads.meaning')}</th>`}<th scope="col">${t('uploads.samples')}</th></tr></thead>
      <tbody>${look.columns.map((column, index) => html`
        <tr key=${index} data-column=${column.header}>
          <th scope="row">${column.header || '–'}</th>
          ${kind === 'leads' && html`<td><select aria-label=${t('uploads.meaning_of', { column: column.header })} value=${roles[index]} onChange=${(event) => set(index, event.target.value)}>
            ${look.roles.map((role) => html`<option value=${role} selected=${role === roles[index]}>${roleWords(role)}</option>`)}</select></td>`}
          <td class="quiet">${column.samples.filter(Boolean).slice(0, 3).join(' · ')}</td>
        </tr>`)}</tbody>
    </table></div>`;
}

function Report({ upload, state }) {
  const { report } = upload;
  if (report.code) {
    return html`<${Banner} tone="bad">${known(`problem.${report.code}`) ? t(`problem.${report.code}`) : report.message} ${known(`problem.${report.code}`) && html`<small>${report.message}</small>`}</${Banner}>`;
  }
  if (!['checked', 'done'].includes(state)) return null;
  const counts = Object.entries(report.counts).filter(([, n]) => n > 0);
  return html`
    <p class=${`verdict verdict-${report.rejected ? 'warn' : 'ok'}`} data-result=${state}>
      <i class=${`dot dot-${report.rejected ? 'warn' : 'ok'}`}></i><span>${t(state === 'checked' ? 'uploads.would' : 'uploads.did', { rows: number(report.readable), rejected: number(report.rejected) })}</span></p>
    ${counts.length > 0 && html`<dl class="pairs">${counts.map(([name, n]) => html`<div key=${name}><dt>${t(`uploads.count.${name}`)}</dt><dd>${number(n)}</dd></div>`)}</dl>`}
    ${report.notices.map((one) => html`<p class="quiet card-hint">${one}</p>`)}
    ${report.errors.length > 0 && html`
      <h3>${t('uploads.errors')}</h3>
      <div class="scroll-x" tabindex="0" role="group" aria-label=${t('uploads.errors')}><table class="table errors">
        <caption class="hidden">${t('uploads.errors')}</caption>
        <thead><tr><th scope="col" class="num">${t('uploads.line')}</th><th scope="col">${t('uploads.reason')}</th></tr></thead>
        <tbody>${report.errors.slice(0, 20).map((one) => html`<tr key=${one.line}><td class="num">${number(one.line)}</td><td>${one.reason}</td></tr>`)}</tbody>
      </table></div>
      <p><a class="button" href=${`/api/v1/uploads/${upload.id}/rejected`} download><${Icon} name="download" />${t('uploads.rejected', { n: report.rejected })}</a></p>`}`;
}
