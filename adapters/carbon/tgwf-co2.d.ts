/** What is used of `@tgwf/co2`, which has no types of its own. */
declare module '@tgwf/co2/data/electricity-maps' {
  export const yearly2025: { data: Record<string, { carbonIntensity: { value: number; unit: string } }> };
}
