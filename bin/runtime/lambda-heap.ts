/** Node's options for its heap, as Lambda's runtime sets them. @param memory of the function, MB */
export function lambdaHeap(memory: number): string[] {
  return [`--max-semi-space-size=${Math.max(1, Math.floor(memory * 0.05))}`, `--max-old-space-size=${Math.floor(memory * 0.9)}`];
}
