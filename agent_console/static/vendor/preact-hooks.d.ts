// What the pages use of the hooks. What begins as nothing, or as an empty list, may become anything.
import type { Context } from './preact.js';
type Next<T> = T | ((before: T) => T);
type Held<T> = [T, (next: Next<T>) => void];
export function useState(first?: null): Held<any>;
export function useState(first: never[]): Held<any[]>;
export function useState(first: boolean): Held<boolean>;
export function useState(first: string): Held<string>;
export function useState(first: number): Held<number>;
export function useState<T>(first: T | (() => T)): Held<T>;
export function useEffect(effect: () => void | (() => unknown), inputs?: readonly unknown[]): void;
export function useRef(first?: null): { current: any };
export function useRef<T>(first: T): { current: T };
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<T extends Function>(callback: T, inputs: readonly unknown[]): T;
export function useContext<T>(context: Context<T>): T;
