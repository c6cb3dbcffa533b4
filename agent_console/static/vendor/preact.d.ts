export type VNode = object;
export type Child = unknown;
export function h(type: unknown, props: object | null, ...children: Child[]): VNode;
export function render(tree: VNode, parent: Element): void;
export const Fragment: (props: { children?: Child }) => VNode;
export interface Context<T> {
  Provider: (props: { value: T; children?: Child }) => VNode;
}
export function createContext<T>(value: T): Context<T>;
