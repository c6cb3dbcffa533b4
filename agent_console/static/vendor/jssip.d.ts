/** JsSIP's own types are not published with it: what the pages call of it is checked by the calls of the tests. */
declare const JsSIP: any;
export default JsSIP;
