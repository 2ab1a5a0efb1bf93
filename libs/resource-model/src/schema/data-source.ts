import { bytes, object, opt, text, type Static } from './fields.ts';

/** Where legacy resources take key material from: exactly one of the fields. `inline` is base64. */
export const DataSourceSchema = object({ secret: opt(text()), file: opt(text()), inline: opt(bytes()), inlineString: opt(text()) });

/** A {@link DataSourceSchema} whose inline forms hold a secret. */
export const SensitiveDataSourceSchema = object({
  secret: opt(text()),
  file: opt(text()),
  inline: opt(bytes({ sensitive: true })),
  inlineString: opt(text({ sensitive: true })),
});

/** Source of key material. */
export type DataSource = Static<typeof DataSourceSchema>;
