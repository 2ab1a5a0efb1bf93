/**
 * The one script that writes: fence, expectations, versions, counter, documents, secrets and change records in one
 * atomic step. Nothing is written before every check has passed.
 *
 * KEYS: 1 meta (hash: epoch, n, trimmed), 2 documents (hash by id), 3 versions (hash by id), 4 secrets (hash by id),
 * 5 changes (sorted set by n), 6 lease tokens (hash), 7 channel.
 * ARGV: 1 writes as JSON `[{op, id, key, expect: 'any'|'absent'|version, head, tail}]`, 2 fence lease ('' for none),
 * 3 fence token, then triples for secrets: id, 'set' or 'del', bytes. A document is `head .. version .. tail`: the
 * script never parses it, because Redis's JSON does not keep empty arrays and large numbers.
 * Answer: JSON `{epoch, n, versions}` (version 0 for a delete), or `{error, index, found}`.
 */
export const COMMIT_SCRIPT = `
if ARGV[2] ~= '' then
  local newest = tonumber(redis.call('HGET', KEYS[6], ARGV[2]) or '0')
  if newest ~= tonumber(ARGV[3]) then return cjson.encode({error = 'fenced', index = 0, found = newest}) end
end
local writes = cjson.decode(ARGV[1])
local versions = {}
local planned = {}
for i, write in ipairs(writes) do
  local current = planned[write.id]
  if current == nil then current = tonumber(redis.call('HGET', KEYS[3], write.id) or '0') end
  local expect = write.expect
  if write.op == 'delete' and current == 0 and type(expect) == 'number' then return cjson.encode({error = 'not-found', index = i - 1, found = 0}) end
  if (expect == 'absent' and current ~= 0) or (type(expect) == 'number' and expect ~= current) then
    return cjson.encode({error = 'conflict', index = i - 1, found = current})
  end
  local version = 0
  if write.op == 'put' then version = current + 1 end
  planned[write.id] = version
  versions[i] = version
end
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local n = tonumber(redis.call('HGET', KEYS[1], 'n') or '0')
for i, write in ipairs(writes) do
  n = n + 1
  local change
  if write.op == 'put' then
    local document = write.head .. string.format('%d', versions[i]) .. write.tail
    redis.call('HSET', KEYS[2], write.id, document)
    redis.call('HSET', KEYS[3], write.id, versions[i])
    change = '{"op":"put","resource":' .. document .. '}'
  else
    redis.call('HDEL', KEYS[2], write.id)
    redis.call('HDEL', KEYS[3], write.id)
    change = '{"op":"delete","key":' .. write.key .. '}'
  end
  redis.call('ZADD', KEYS[5], n, '{"revision":{"epoch":"' .. epoch .. '","n":' .. string.format('%d', n) .. '},"change":' .. change .. '}')
end
redis.call('HSET', KEYS[1], 'n', n)
for i = 4, #ARGV, 3 do
  if ARGV[i + 1] == 'del' then redis.call('HDEL', KEYS[4], ARGV[i]) else redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 2]) end
end
redis.call('PUBLISH', KEYS[7], n)
if #versions == 0 then return '{"epoch":"' .. epoch .. '","n":' .. string.format('%d', n) .. ',"versions":[]}' end
return cjson.encode({epoch = epoch, n = n, versions = versions})
`;

/** KEYS: 1 lease tokens, 2 the lease. ARGV: lease, holder, ttl in ms. Answer: token, or 0 while another holds it. */
export const ACQUIRE_SCRIPT = `
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
if holder then return tonumber(redis.call('HGET', KEYS[1], ARGV[1])) end
return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
`;

/** KEYS: 1 the lease. ARGV: holder. */
export const RELEASE_SCRIPT = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 0`;

/** KEYS: 1 meta, 2 documents. Answer: epoch, n, and the documents. One step, so no write is half in it. */
export const SNAPSHOT_SCRIPT = `return {redis.call('HGET', KEYS[1], 'epoch'), redis.call('HGET', KEYS[1], 'n') or '0', redis.call('HVALS', KEYS[2])}`;

/** KEYS: 1 meta, 2 changes. ARGV: after n, limit. Answer: trimmed, and the records. */
export const CHANGES_SCRIPT = `
return {redis.call('HGET', KEYS[1], 'trimmed') or '0', redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])}
`;

/** KEYS: 1 meta, 2 changes. ARGV: up to n. */
export const TRIM_SCRIPT = `
local n = math.min(tonumber(ARGV[1]), tonumber(redis.call('HGET', KEYS[1], 'n') or '0'))
if n <= tonumber(redis.call('HGET', KEYS[1], 'trimmed') or '0') then return 0 end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', n)
redis.call('HSET', KEYS[1], 'trimmed', n)
return n
`;

/**
 * KEYS: 1 meta, 2 changes. ARGV: 1 an epoch for a new one, 2 the server's run id, 3 '1' where a restart of the server
 * may have lost acknowledged writes. Begins an epoch in a fresh store and after such a restart; answers the epoch.
 */
export const BEGIN_SCRIPT = `
local epoch = redis.call('HGET', KEYS[1], 'epoch')
local run = redis.call('HGET', KEYS[1], 'run')
if not epoch or (run ~= ARGV[2] and ARGV[3] == '1') then
  epoch = ARGV[1]
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'n', 0, 'trimmed', 0)
end
redis.call('HSET', KEYS[1], 'run', ARGV[2])
return epoch
`;
