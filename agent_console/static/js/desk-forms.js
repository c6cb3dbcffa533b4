// Signing in to a desk, and saying what came of a call.
import { html, useState } from './lib.js';
import { post } from './api.js';
import { me } from './me.js';
import { useCampaigns } from './campaigns.js';
import { t, word } from './i18n.js';
import { Card, Confirm, Empty, useAction } from './parts.js';

const NOTES_MAX = 4000;

export function DeskSignIn({ onDone }) {
  const [campaigns] = useCampaigns();
  const [busy, run] = useAction();
  const [asking, setAsking] = useState(null);
  const [home, setHome] = useState(null);
  if (!campaigns) return html`<p class="loading">${t('state.loading')}</p>`;
  if (!campaigns.length) return html`<${Empty} title=${t('floor.no_campaign')}>${t('floor.no_campaign_hint')}</${Empty}>`;
  const send = (body) => run(async () => {
    try {
      await post('/desk/sign-in', body);
    } catch (problem) {
      if (problem.code !== 'agent-already-signed-in') throw problem;
      setAsking({ ...body, take_over: true });
      return;
    }
    onDone();
  });
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const text = (name) => String(form.get(name)).trim();
    const phone = text('phone');
    send({
      campaign: text('campaign'),
      phone: phone.includes('/') ? phone : `PJSIP/${phone}`, also: form.getAll('also'),
    });
  };
  const others = campaigns.map(({ name }) => name).filter((name) => name !== (home ?? campaigns[0].name));
  return html`
    <div class="narrow">
      <section class="card" aria-labelledby="sign-in">
        <h1 id="sign-in">${t('signin.title')}</h1>
        <p class="quiet">${t('signin.text')}</p>
        <form class="form" onSubmit=${submit}>
          <label class="field"><span>${t('signin.campaign')}</span>
            <select name="campaign" required onChange=${(event) => setHome(event.target.value)}>${campaigns.map(({ name }) => html`<option value=${name}>${name}</option>`)}</select></label>
          <label class="field"><span>${t('signin.phone')}</span>
            <input name="phone" required maxlength="128" spellcheck="false" autocomplete="off" placeholder="PJSIP/1001" />
            <small>${t('signin.phone_hint')}</small></label>
          ${others.length > 0 && html`
            <fieldset class="choices"><legend>${t('signin.also')}</legend>
              ${others.map((name) => html`<label key=${name} class="choice"><input type="checkbox" name="also" value=${name} /><span>${name}</span></label>`)}
            </fieldset>
            <small class="quiet">${t('signin.also_hint')}</small>`}
          <button class="button button-main button-large" disabled=${busy}>${t(busy ? 'signin.busy' : 'signin.submit')}</button>
        </form>
      </section>
      ${asking && html`<${Confirm} title=${t('signin.again_title', { agent: me.value.user.agent_id })} text=${t('signin.again_text')}
        action=${t('signin.again_action')} tone="main" onYes=${() => send(asking)} onNo=${() => setAsking(null)} />`}
    </div>`;
}

/** What came of it. Chosen during the call or after; sending it ends the wrap-up. */
export function Disposition({ callId, codes, onDone }) {
  const [busy, run] = useAction();
  const [code, setCode] = useState('');
  const [notes, setNotes] = useState('');
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      await post('/desk/disposition', { call_id: callId, code, notes });
      onDone();
    }, t('disposition.saved'));
  };
  return html`
    <${Card} id="disposition" title=${t('disposition.title')} className="desk-disposition">
      <form class="form" onSubmit=${submit}>
        <fieldset class="choices"><legend class="hidden">${t('disposition.title')}</legend>
          ${codes.map((one) => html`
            <label key=${one} class="choice"><input type="radio" name="code" value=${one} required checked=${code === one} onChange=${() => setCode(one)} /><span>${word('disposition', one)}</span></label>`)}
        </fieldset>
        <label class="field"><span>${t('disposition.notes')}</span>
          <textarea name="notes" rows="4" maxlength=${NOTES_MAX} value=${notes} onInput=${(event) => setNotes(event.target.value)}></textarea></label>
        <button class="button button-main" disabled=${busy || !code}>${t('disposition.submit')}</button>
      </form>
    </${Card}>`;
}
