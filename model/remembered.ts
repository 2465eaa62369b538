/** Asks once for each argument. */
export function remembered<Argument, Value>(ask: (argument: Argument) => Value): (argument: Argument) => Value {
  const known = new Map<Argument, Value>();
  return (argument) => {
    const value = known.get(argument) ?? ask(argument);
    known.set(argument, value);
    return value;
  };
}
