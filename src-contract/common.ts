import { z } from 'zod';

/** ISO 8601 in UTC with milliseconds, as every time on the wire. */
export const Timestamp = z.iso.datetime({ precision: 3 });

/** Names people give to things: shown everywhere, used in URLs and on the command line. */
export const Name = z
  .string()
  .min(1, 'must not be empty')
  .max(128, 'must be at most 128 characters')
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
    'may contain letters, digits, dot, dash and underscore, and starts with a letter or digit',
  );

export const Limit = z.coerce.number().int().min(1).max(500);
export const Cursor = z.string().max(512);

/** `{items, next_cursor}`: how every list answers. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** Which part of a list is wanted; all of it when neither is given, but where a list says otherwise. */
export const PageInput = z.strictObject({ limit: Limit.optional(), cursor: Cursor.optional() });
export type PageInput = z.infer<typeof PageInput>;

export const Empty = z.strictObject({});

/** JSON as it comes from agents: shape unknown, depth bounded by the body limit of the door. */
export const Json: z.ZodType<JsonValue> = z.json();
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
