/** What the publisher and the bench agree on. */
export type Round = { burst: number } | { perSecond: number; seconds: number };

/** By these the points of published messages are told from those of answers to a poll. */
export const PUBLISHED_VOLTS = 230;
export const ANSWERED_VOLTS = 229;

export const deviceOf = (index: number) => `shellyplusplugs-02bb${index.toString(16).padStart(8, '0')}`;
