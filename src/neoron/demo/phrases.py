"""What people write: the text from which the load generator composes messages."""

from __future__ import annotations

from random import Random

GREETINGS = (
    "hey", "morning all", "ok so", "wait", "honestly", "fyi", "lol", "quick question:", "@here", "re: yesterday",
    "hola", "oye", "bonjour", "alors", "moin", "na gut", "привет", "слушай", "γεια σας", "こんにちは", "ちなみに",
    "你好", "顺便说一下", "안녕하세요", "참고로", "नमस्ते", "مرحبا", "שלום", "สวัสดี", "xin chào", "cześć", "olá",
)  # fmt: skip

SENTENCES = (
    "the build is green again", "can somebody review this before lunch?", "that query took 40 seconds, not 40 ms",
    "it's fixed in v2.3, don't touch the cache", "did you try turning it off and on?", "I'll be ten minutes late",
    'he said "ship it" and left', "logs are in C:\\temp\\run\\new", "100% of 5% is still 5%",
    "see ticket #4711; thanks",
    "SELECT * FROM coffee WHERE strength > 9000;", "tabs\tor spaces?", "first line\nsecond line", "who broke the demo",
    "nos vemos mañana a las nueve", "¿alguien sabe por qué falla?", "on déploie après le café, d'accord ?",
    "ça marche très bien chez moi", "das Größte daran ist die Überraschung", "schöne Grüße aus Köln",
    "сборка опять упала, смотрю логи", "спасибо, теперь всё работает", "δουλεύει μια χαρά στον υπολογιστή μου",
    "デプロイは明日の朝にしましょう", "このバグは再現できません", "数据库迁移已经完成了", "请大家更新到最新版本",
    "배포는 내일 아침에 합시다", "इसे कल फिर से देखते हैं", "سنراجع التغييرات غدا صباحا", "נדבר על זה מחר בבוקר",
    "เดี๋ยวลองใหม่อีกครั้ง", "hẹn gặp lại vào ngày mai", "zażółć gęślą jaźń", "não esqueça o pão de açúcar",
)  # fmt: skip

ENDINGS = (
    "", "", "", "", "!", "?", "...", "👍", "🎉🎉", "😂", "🙏🏽", "👩‍💻", "🏳️‍🌈", "❤️", "🇩🇪", "🚀 🚀", "¯\\_(ツ)_/¯",
    "🤷🏾‍♀️",
    ":shrug:", "(see above)", "https://example.org/t/42", "`exit 1`", "**done**", "||spoiler||", "<@80351110224678912>",
)  # fmt: skip

EDITS = ("(edited)", "*fixed typo*", "EDIT: solved", "edit : merci", "（編集済み）", "изм.", "✏️")

LONG_LENGTHS = (500, 3_900)


def short_texts(choose: Random, count: int) -> list[str]:
    """Openings of ordinary messages, a few words to two sentences."""
    return [f"{choose.choice(GREETINGS)} {choose.choice(SENTENCES)}" for _ in range(count)]


def closings(choose: Random, count: int) -> list[str]:
    """Ends of messages, each with its leading space; some empty, some a further sentence."""
    return [_spaced(choose.choice(ENDINGS if n % 2 else SENTENCES)) for n in range(count)]


def long_texts(choose: Random, count: int) -> list[str]:
    """Long messages of LONG_LENGTHS characters, in paragraphs."""
    return [_long_text(choose, choose.randint(*LONG_LENGTHS)) for _ in range(count)]


def _spaced(text: str) -> str:
    return f" {text}" if text else ""


def _long_text(choose: Random, length: int) -> str:
    parts: list[str] = []
    size = 0
    while size < length:
        parts.append(choose.choice(SENTENCES) + choose.choice((". ", "! ", "; ", "\n\n")))
        size += len(parts[-1])
    # A trailing space or break would be lost wherever text is trimmed.
    return "".join(parts)[: length - 1] + "."
