/** How long a message rests that was delivered so often: from a second to a minute. A passing fault heals, a lasting one does not spin. */
export const backOffMs = (deliveries: number): number => Math.min(60_000, 1_000 * 2 ** (Math.max(1, deliveries) - 1));
