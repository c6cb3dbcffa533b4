// Signing in to a desk.
import { html, useState, useStore } from './lib.js';
import { post } from './api.js';
import { me } from './me.js';
import { useCampaigns } from './campaigns.js';
import { t } from './i18n.js';
import { Confirm, Empty, useAction } from './parts.js';
import { phone as browserPhone } from './softphone.js';
import { SoftphoneCheck, usePhoneHere } from './softphone-view.js';

export function DeskSignIn({ onDone }) {
  const [campaigns] = useCampaigns();
  const [busy, run] = useAction();
  const [asking, setAsking] = useState(null);
  const [home, setHome] = useState(null);
  const browsers = usePhoneHere();
  const [other, setOther] = useState(false);
  const inBrowser = browsers && !other;
  const registered = useStore(browserPhone).state === 'registered';
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
    const phone = inBrowser ? 'browser' : text('phone');
    send({
      campaign: text('campaign'),
      phone: inBrowser || phone.includes('/') ? phone : `PJSIP/${phone}`, also: form.getAll('also'),
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
          ${browsers && html`
            <fieldset class="choices"><legend>${t('signin.phone')}</legend>
              <label class="choice"><input type="radio" name="where" checked=${!other} onChange=${() => setOther(false)} /><span>${t('signin.browser')}</span></label>
              <label class="choice"><input type="radio" name="where" checked=${other} onChange=${() => setOther(true)} /><span>${t('signin.other_phone')}</span></label>
            </fieldset>`}
          ${inBrowser ? html`<${SoftphoneCheck} />` : html`<label class="field"><span>${t('signin.phone')}</span>
            <input name="phone" required maxlength="128" spellcheck="false" autocomplete="off" placeholder="PJSIP/1001" />
            <small>${t('signin.phone_hint')}</small></label>`}
          ${others.length > 0 && html`
            <fieldset class="choices"><legend>${t('signin.also')}</legend>
              ${others.map((name) => html`<label key=${name} class="choice"><input type="checkbox" name="also" value=${name} /><span>${name}</span></label>`)}
            </fieldset>
            <small class="quiet">${t('signin.also_hint')}</small>`}
          <button class="button button-main button-large" disabled=${busy || (inBrowser && !registered)}>${t(busy ? 'signin.busy' : 'signin.submit')}</button>
        </form>
      </section>
      ${asking && html`<${Confirm} title=${t('signin.again_title', { agent: me.value.user.agent_id })} text=${t('signin.again_text')}
        action=${t('signin.again_action')} tone="main" onYes=${() => send(asking)} onNo=${() => setAsking(null)} />`}
    </div>`;
}
