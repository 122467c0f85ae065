-- neoron: from 20240301000000
-- A reply answers an earlier message of its own channel.
SELECT m."MessageId", m."ReplyToId"
FROM "Messages" m
JOIN "Messages" earlier ON earlier."MessageId" = m."ReplyToId"
WHERE earlier."MessageId" >= m."MessageId" OR earlier."ChannelId" <> m."ChannelId"
