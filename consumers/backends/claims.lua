-- What is known of a batch of article versions, asked and noted in one step. The decisions are those of
-- alerts.copies.memory and alerts.copies.likeness, in whole numbers; constants come from there (claims.py puts them first).
--
-- KEYS: for each partition its chain key; then for each claim of it its version key, then its sketch's keys.
-- ARGV: seconds to keep; then for each partition the token of the call before, the token of this call, the number of
-- claims; for each of these its content (16 bytes), the kinds of its keys ("uhbbbbbb"), its entry.
-- Reply: for each claim "d" (done), "q" (done, and did not fire) or "p" (pending), then the owner it is a copy of, if any;
-- last, how many chains were broken.
--
-- A chain key holds the token of the partition's last call (8 bytes), and the generation of marks that count in it: the
-- token of the call at which the chain last broke (consumers/chain.py says why).
-- A version key holds "d", "q" or "p", the content, the generation, the owner it is a copy of. Asked again, it is the
-- answer: a retried call cannot make an article its own repeat or its own copy. Only a "q" does not answer for a claim
-- that fires (it has an entry): its rule is newer than the mark. Any other key holds entries, each behind its length.

-- at (4 bytes), writer (6), words (2), four counts, slots (if words), hashes (2 each), owner
local function parse(text)
  local a, b, c, d = string.byte(text, 1, 4)
  local high, low, numbers, names, figures, title = string.byte(text, 11, 16)
  local words = high * 256 + low
  local at = words > 0 and 17 + SLOTS or 17
  return {
    text = text,
    at = ((a * 256 + b) * 256 + c) * 256 + d,
    writer = string.sub(text, 5, 10),
    words = words,
    numbers = { at, numbers },
    names = { at + 2 * numbers, names },
    figures = { at + 2 * (numbers + names), figures },
    title = { at + 2 * (numbers + names + figures), title },
    owner = string.sub(text, at + 2 * (numbers + names + figures + title)),
  }
end

-- One list of hashes of an entry; most entries are never compared, so none is read before.
local function hashes(entry, name)
  local known = entry[name]
  if known.has then return known end
  local from, count, list, has = known[1], known[2], {}, {}
  for i = 1, count do
    local high, low = string.byte(entry.text, from + 2 * i - 2, from + 2 * i - 1)
    list[i] = high * 256 + low
    has[list[i]] = true
  end
  known.list, known.has, known.count = list, has, count
  return known
end

local function differ(first, second, name)
  if first[name][2] == 0 or second[name][2] == 0 then return false end
  local one, other = hashes(first, name), hashes(second, name)
  if one.count == 0 or other.count == 0 then return false end
  for i = 1, one.count do
    if other.has[one.list[i]] then return false end
  end
  return true
end

local function common(one, other)
  local equal, mine, theirs = 0, { string.byte(one.text, 17, 16 + SLOTS) }, { string.byte(other.text, 17, 16 + SLOTS) }
  for i = 1, SLOTS do
    if mine[i] == theirs[i] then equal = equal + 1 end
  end
  local shorter = math.min(one.words, other.words)
  return math.floor(100 * equal * (one.words + other.words) / ((SLOTS + equal) * shorter))
end

local function others(first_entry, second_entry, name, most)
  local one, other = hashes(first_entry, name), hashes(second_entry, name)
  local ends = 65535
  if one.count == most then ends = one.list[most] end
  if other.count == most then ends = math.min(ends, other.list[most]) end
  local first, second, same = 0, 0, 0
  for i = 1, one.count do
    if one.list[i] <= ends then
      first = first + 1
      if other.has[one.list[i]] then same = same + 1 end
    end
  end
  for i = 1, other.count do
    if other.list[i] <= ends then second = second + 1 end
  end
  local fewer = math.min(first, second)
  if fewer == 0 then return 0 end
  return math.floor(100 * (fewer - same) / fewer)
end

local function anchors_agree(one, other)
  return others(one, other, 'numbers', MOST_NUMBERS) <= NUMBERS
    and others(one, other, 'names', MOST_NAMES) <= NAMES
end

local function is_copy(one, other, kind)
  local apart = math.abs(one.at - other.at)
  if apart > WINDOW or differ(one, other, 'figures') then return false end
  local texts = one.words > 0 and other.words > 0
  if kind == 'u' then return not texts or common(one, other) >= SAME_PAGE end
  if kind == 'h' then
    if not texts then return apart <= HEADLINE_WINDOW and anchors_agree(one, other) end
    return common(one, other) >= SAME_HEADLINE and anchors_agree(one, other)
  end
  local shorter, longer = math.min(one.words, other.words), math.max(one.words, other.words)
  return shorter * 100 >= SHORTER * longer
    and common(one, other) >= COPY
    and anchors_agree(one, other)
    and (shorter >= SHORT_TEXT or not differ(one, other, 'title'))
end

-- The entries under one key, as they are stored: each behind its length.
local function entries(held)
  local list, at = {}, 1
  while held and at < #held do
    local high, low = string.byte(held, at, at + 1)
    local size = high * 256 + low
    list[#list + 1] = string.sub(held, at + 2, at + 1 + size)
    at = at + 2 + size
  end
  return list
end

local known = {} -- an entry stands under several keys; it is parsed once

local function parsed(text)
  known[text] = known[text] or parse(text)
  return known[text]
end

local function first_like(mine, list, kind)
  for i = 1, #list do
    local entry = parsed(list[i])
    if entry.writer ~= mine.writer and entry.owner ~= mine.owner and is_copy(mine, entry, kind) then
      return entry.owner
    end
  end
end

local function add(key, list, mine, text, ttl)
  local kept = {}
  for i = 1, #list do
    local entry = parsed(list[i])
    if entry.writer ~= mine.writer and entry.at + WINDOW >= mine.at then kept[#kept + 1] = list[i] end
  end
  kept[#kept + 1] = text
  local parts = {}
  for i = math.max(1, #kept - MOST_ENTRIES + 1), #kept do
    parts[#parts + 1] = string.char(math.floor(#kept[i] / 256), #kept[i] % 256) .. kept[i]
  end
  redis.call('SET', key, table.concat(parts), 'EX', ttl)
end

local function label(text, k, held, kinds, ttl)
  local mine, lists, hits, owner, by_text = parse(text), {}, {}, nil, false
  for i = 1, #kinds do
    local kind = string.sub(kinds, i, i)
    lists[i] = entries(held[i + 1])
    hits[i] = first_like(mine, lists[i], kind)
    owner = owner or hits[i]
    by_text = by_text or (kind == 'b' and hits[i] ~= nil)
  end
  if owner then text = string.sub(text, 1, #text - #mine.owner) .. owner end
  for i = 1, #kinds do
    if not hits[i] and not (by_text and string.sub(kinds, i, i) == 'b') then
      add(KEYS[k + i], lists[i], mine, text, ttl)
    end
  end
  return owner or ''
end

local ttl, replies, broken, k, a = ARGV[1], {}, 0, 1, 2
while a < #ARGV do
  local chain, before, token, count = KEYS[k], ARGV[a], ARGV[a + 1], tonumber(ARGV[a + 2])
  local last = redis.call('MGET', chain)[1] or ''
  local newest, generation = string.sub(last, 1, 8), string.sub(last, 9, 16)
  if last == '' or (newest ~= before and newest ~= token) then
    generation, broken = token, broken + 1
  end
  k, a = k + 1, a + 3
  for _ = 1, count do
    local content, kinds, text = ARGV[a], ARGV[a + 1], ARGV[a + 2]
    local held = redis.call('MGET', unpack(KEYS, k, k + #kinds))
    local mark = held[1]
    local same = mark and string.sub(mark, 2, 17) == content and string.sub(mark, 18, 25) == generation
    if same and not (text ~= '' and string.sub(mark, 1, 1) == 'q') then
      replies[#replies + 1] = string.sub(mark, 1, 1) .. string.sub(mark, 26)
    else
      local owner = text == '' and '' or label(text, k, held, kinds, ttl)
      redis.call('SET', KEYS[k], 'p' .. content .. generation .. owner, 'EX', ttl)
      replies[#replies + 1] = 'p' .. owner
    end
    k, a = k + 1 + #kinds, a + 3
  end
  -- Last: a call that fails half-way must leave a chain that breaks.
  redis.call('SET', chain, token .. generation, 'EX', ttl)
end
replies[#replies + 1] = broken
return replies
