/** Version of Weft. */
export const WEFT_VERSION = '0.1.0';
