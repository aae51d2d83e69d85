/** Functions that no code may use in a simulation, because their results differ in each run. */
const forbidden = [
  [Date, 'now'],
  [Math, 'random'],
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [performance, 'now'],
] as const;

/** Makes the clock, timers and randomness of the platform errors. Returns how to bring them back. */
export function noGlobals(): () => void {
  const saved = forbidden.map(([owner, name]) => [owner, name, Object.getOwnPropertyDescriptor(owner, name)] as const);
  for (const [owner, name] of forbidden) {
    const value = () => {
      throw new Error(`${name} of the platform was used in a simulation`);
    };
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  }
  return () => {
    for (const [owner, name, descriptor] of saved) {
      if (descriptor === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, descriptor);
    }
  };
}
