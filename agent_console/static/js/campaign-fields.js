// What can be set of a campaign: in which section, with what kind of control, in what unit.

const number = (name, min, max, step, unit) => ({ name, kind: 'number', min, max, step, unit });
const share = (name, min, max, step) => ({ name, kind: 'share', min, max, step, unit: 'percent' });
const select = (name, from) => ({ name, kind: 'select', from });
const flag = (name) => ({ name, kind: 'flag' });
const ticks = (name, from) => ({ name, kind: 'ticks', from, wide: true });
const own = (name) => ({ name, kind: name, wide: true });

/** Fields that a running engine takes over only once it is started anew; the server says so too. */
export const AFTER_RESTART = ['country', 'trunk', 'packs', 'purpose', 'party', 'ivr_flow'];

/** @type {[string, any[]][]} */
export const SECTIONS = [
  ['general', [{ name: 'creditor', kind: 'text', longest: 120 }, select('country', 'countries'), select('language', 'languages'), select('purpose', 'purposes'), select('party', 'parties')]],
  ['pacing', [select('mode', 'modes'), number('ratio', 1, 10, 0.1, 'lines'), share('target_abandonment', 0.1, 20, 0.1), number('inbound_reserve', 0, 1000, 1, 'agents')]],
  ['schedule', [own('schedule')]],
  ['calls', [select('trunk', 'trunks'), { name: 'caller_id', kind: 'text', longest: 16 }, number('ring_timeout_s', 15, 120, 1, 'seconds'), number('patience_s', 0.5, 10, 0.1, 'seconds'), number('max_attempts', 1, 1000, 1, 'tries'), flag('early_media')]],
  ['retry', [own('retry')]],
  ['answers', [select('amd', 'amd_modes'), number('second_look_s', 0, 10, 0.5, 'seconds'), select('second_look_action', 'second_looks'), share('amd_false_positive_share', 0, 50, 0.1), own('actions')]],
  ['agents', [number('wrap_up_s', 0, 3600, 1, 'seconds'), number('wrap_up_extension_s', 0, 600, 1, 'seconds'), number('preview_s', 5, 3600, 1, 'seconds'), ticks('dispositions', 'dispositions')]],
  ['desk', [own('desk')]],
  ['transfer', [own('transfer_numbers')]],
  ['recording', [flag('record'), flag('announce_recording')]],
  ['ivr', [flag('overflow'), select('ivr_flow', 'flows'), number('ivr_lines', 1, 1000, 1, 'calls'), ticks('ivr_identity', 'identities')]],
  ['rules', [ticks('packs', 'packs')]],
  ['promise_terms', [own('promise_terms')]],
];

export const OPTIONS = {
  languages: { values: ['es', 'en'], words: 'language' },
  purposes: { values: ['collection', 'telemarketing'], words: 'cfg.purpose' },
  parties: { values: ['third_party', 'first_party'], words: 'cfg.party' },
  modes: { values: ['preview', 'progressive', 'power', 'predictive', 'agentless'], words: 'mode' },
  amd_modes: { values: ['off', 'careful', 'strict', 'shadow'], words: 'cfg.amd' },
  second_looks: { values: ['tell', 'withdraw'], words: 'cfg.second_look_action' },
  identities: { values: ['document_last', 'document', 'birth_date', 'code'], words: 'cfg.identity' },
  packs: { words: 'pack' },
  dispositions: {
    values: ['PTP', 'PAID', 'CALLBACK', 'NO_COMMITMENT', 'REFUSED', 'DISPUTE', 'THIRD_PARTY', 'WRONG_PERSON', 'DO_NOT_CALL', 'DECEASED', 'ATTORNEY', 'CEASE', 'BANKRUPTCY', 'MORATORIUM', 'EMPLOYER_BARS', 'CONSENT_REVOKED'],
    words: 'disposition',
  },
};

export const CATEGORIES = ['human', 'unknown', 'screener', 'silence', 'machine', 'announcement', 'fax'];
export const ACTIONS = ['agent', 'ivr', 'hang_up', 'leave_message'];
export const RETRIED = ['busy', 'no_answer', 'rejected', 'congestion', 'failed', 'unallocated', 'fax', 'machine', 'message_left', 'announcement', 'silence', 'hung_up_early', 'abandoned', 'cancelled', 'lost'];
