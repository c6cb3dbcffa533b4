// Numbers of payment cards are found before they are kept or sent anywhere. Pure, and as the server does it.

const RUN = /(?<!\d)\d(?:[ .\u00a0\u2009-]?\d){12,}(?!\d)/g;
/** By their length, how payment cards begin. */
const BEGINS = { 13: /^4/, 14: /^3[0689]/, 15: /^3[47]/, 16: /^[2-6]/, 17: /^[4-6]/, 18: /^[4-6]/, 19: /^[4-6]/ };
const LONGEST = 19;

/** Whether a text holds the number of a payment card, as the server will judge it. */
export function hasCardNumber(text) {
  return [...text.matchAll(RUN)].some(([run]) => stretches(run.match(/\d+/g)).some(isCard));
}

function stretches(groups) {
  const found = [];
  groups.forEach((_, first) => {
    let joined = '';
    for (const group of groups.slice(first)) {
      joined += group;
      if (joined.length > LONGEST) break;
      found.push(joined);
    }
  });
  for (const group of groups.filter((one) => one.length > LONGEST)) {
    for (let start = 0; start + 16 <= group.length; start += 1) found.push(group.slice(start, start + 16));
  }
  return found;
}

function isCard(digits) {
  if (!BEGINS[digits.length]?.test(digits)) return false;
  const total = [...digits].reverse().reduce((sum, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
  return total % 10 === 0;
}
