-- neoron: from 20240601000000
-- Attachments are a JSON list, an embed is a JSON object, and flags are a bit set.
SELECT "MessageId", "Flags"
FROM "Messages"
WHERE "Flags" < 0
   OR SUBSTRING("Attachments", 1, 1) <> '['
   OR SUBSTRING("EmbeddedContent", 1, 1) <> '{'
