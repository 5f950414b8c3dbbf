/**
 * A port whose adapter is loaded when one of its methods is first called: most commands need few of them, and each costs time at the start. Only for ports
 * whose members are all functions that return promises.
 */
export function lazyPort<P extends { [K in keyof P]: (...args: never[]) => Promise<unknown> }>(
  load: () => Promise<P>,
): P {
  let loaded: Promise<P> | undefined;
  return new Proxy({} as P, {
    get(_target, name) {
      // Whoever awaits the port itself must not take it for a promise.
      if (name === "then") return undefined;
      return async (...args: never[]) => (await (loaded ??= load()))[name as keyof P](...args);
    },
  });
}
