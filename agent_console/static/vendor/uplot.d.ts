export default class uPlot {
  constructor(options: object, data: unknown[], element: Element);
  setData(data: unknown[]): void;
  setSize(size: { width: number; height: number }): void;
  destroy(): void;
  [member: string]: any;
}
