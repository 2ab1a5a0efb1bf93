/** Work cut into steps (a generator that yields between them), done in one go. Gives what the generator returns. */
export function runSteps<T>(steps: Iterator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
