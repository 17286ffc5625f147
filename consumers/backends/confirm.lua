-- Versions whose candidates are acknowledged are marked done.
--
-- KEYS: for each partition its chain key, then the version keys.
-- ARGV: seconds to keep; then for each partition the token of its last call, the number of versions; for each of these "d"
-- (or "q", where it did not fire) and its content.
--
-- Only a mark that this very chain has left is made "done". One that holds another text came too late, or we do: a
-- classifier slept through its replacement. Which text is the newer one nobody knows here; so neither is done.

local ttl, k, a = ARGV[1], 1, 2
while a < #ARGV do
  local token, count = ARGV[a], tonumber(ARGV[a + 1])
  -- Once for all: of two texts of one version the last one decides, whatever was done for the other.
  local held = redis.call('MGET', unpack(KEYS, k, k + count))
  local chain = held[1] or ''
  local generation = string.sub(chain, 1, 8) == token and string.sub(chain, 9, 16)
  for i = 1, count do
    local mark, done = held[i + 1], ARGV[a + 1 + i]
    if mark and string.sub(mark, 2, 17) ~= string.sub(done, 2, 17) then
      redis.call('DEL', KEYS[k + i])
    elseif mark and chain ~= '' and string.sub(mark, 18, 25) == generation then
      redis.call('SET', KEYS[k + i], string.sub(done, 1, 1) .. string.sub(mark, 2), 'EX', ttl)
    end
  end
  k, a = k + 1 + count, a + 2 + count
end
return #KEYS
