/** Objects downloaded or uploaded at once by one attempt. */
export const TRANSFERS_AT_ONCE = 4;
