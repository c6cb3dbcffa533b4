declare const htm: { bind<H extends Function>(h: H): (strings: TemplateStringsArray, ...values: unknown[]) => any };
export default htm;
