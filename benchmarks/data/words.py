"""Words and titles in several scripts, and genres, with the shares that they have among the films of a large catalogue.

Every language has frequent words, which are listed here, and very many rare ones, which are made of its syllables.
"""

import itertools
import json
import random
from collections import Counter
from functools import cache

from movies.demo.catalogue import FILMS as DEMO

# TMDB's genres: (id, (name, share of films in percent)).
GENRES = (
    (18, ("Drama", 32)), (35, ("Comedy", 21)), (99, ("Documentary", 18)), (10402, ("Music", 8)),
    (10749, ("Romance", 8)), (53, ("Thriller", 8)), (28, ("Action", 7)), (27, ("Horror", 7)),
    (16, ("Animation", 7)), (80, ("Crime", 6)), (10751, ("Family", 5)), (12, ("Adventure", 4)),
    (878, ("Science Fiction", 4)), (14, ("Fantasy", 4)), (9648, ("Mystery", 3)), (10770, ("TV Movie", 4)),
    (36, ("History", 3)), (10752, ("War", 2)), (37, ("Western", 1)),
)  # fmt: skip

# Original languages, and their share of films in percent.
LANGUAGES = {"en": 46, "fr": 10, "es": 9, "de": 9, "ja": 8, "pt": 5, "zh": 5, "ru": 4, "ko": 2, "el": 1, "ar": 1}

COMMON = {
    "fr": "le la les de du un une amour vie nuit femme homme mort été père mère enfant rêve château forêt âme fête",
    "es": "el la los las de del una amor vida noche mujer hombre muerte corazón niño señor sueño canción año mañana",
    "de": "der die das ein eine und im Mädchen Nacht Liebe Leben Tod König Straße Mörder Frühling Väter Himmel Träume",
    "pt": "o a os as de do da um uma amor vida noite mulher homem coração irmão paixão sertão manhã solidão verão",
    "ru": "и на в не любовь жизнь ночь день дом дорога война человек женщина смерть сердце город зима весна отец",
    "el": "ο η το και της του αγάπη ζωή νύχτα γυναίκα θάνατος καρδιά πόλη θάλασσα ουρανός όνειρο άνθρωπος",
    "ar": "في من على الحب الحياة الليل المدينة الموت القلب البحر رجل امرأة طريق بيت حلم الشمس",
    "ja": "愛 夜 夏 冬 春 恋 夢 花 雨 海 空 僕 君 東京 物語 戦争 少女 少年 の と は に を",
    "zh": "爱 夜 天 人 大 小 龙 虎 江湖 英雄 少年 女孩 故事 传奇 之 与 的 我 你 花 雨 海",
    "ko": "사랑 밤 여름 겨울 봄 꿈 꽃 비 바다 하늘 나 너 서울 이야기 전쟁 소녀 소년 의 그리고",
}
SYLLABLES = {
    "en": "ba ber can cor dan del dor fal fen gar hal har ing jar ken lan lor mar mer nor or pen ran ron sal sen tan "
    "ter tor ul ver wal wen wick yor zan th sh ston ley mond",
    "fr": "bé chan cour de fleu gé guer jou lan lou mar mé nou pé pier ran ron sé ti ver vil çon ère eau",
    "es": "ba ca ci co da do es fer gar gue la lo ma men mo na ño pa que ra re san se ti to va ví zar",
    "de": "ach bach berg dorf ein feld ge hei kel len mann müh nau ober rich schön schw stein tal ung wald öst zell",
    "pt": "a ba ca ção da de fa guei ja lei lha ma mei na nho pa que ra rei sa são te ti va xa zé",
    "ru": "ба во га ди до же за ки ко ла ли ма мо на ни но па ро са ски сто та ти ход цы ша юр ян",
    "el": "α βα γο δη ε θα κα λι μα νι ξε πο ρα σι τη φω χα ψυ ώ ίας όπ άκη",
    "ar": "ال با تا جم حس خا دي را زه سا شم صب طا عا غا فا قم كا لي مر نو ها ود يا",
    "ja": "あ い う か き さ し た ち な に は ひ ま み や ゆ ら り 山 川 田 村 島 風 月 星 火 水 木 カ タ ス ラ ト ン",
    "zh": "山 水 风 云 月 星 火 木 金 土 王 李 张 城 门 路 国 家 心 情 春 秋 红 白 黑 青 东 西 南 北 飞 梦 生 死",
    "ko": "가 나 다 라 마 바 사 아 자 하 강 남 동 람 민 박 선 송 연 영 운 은 장 정 진 한 현 호",
}
UNSPACED = {"ja", "zh"}
RARE_WORDS, RARE_SHARE = 40_000, 0.45


class Words:
    """The words of a language; a frequent one is chosen as often as Zipf's law says."""

    def __init__(self, language: str, chance: random.Random) -> None:
        self.language, self.chance = language, chance
        self.common = _english_words() if language == "en" else COMMON[language].split()
        self._shares = list(itertools.accumulate(1 / (place + 3) for place in range(len(self.common))))
        syllables = SYLLABLES[language].split()
        lengths = (2,) if language in UNSPACED or language == "ko" else (2, 3, 3, 4)
        self.rare = ["".join(chance.choices(syllables, k=chance.choice(lengths))) for _ in range(RARE_WORDS)]

    def choose(self, count: int) -> list[str]:
        return [self._choose_rare() if self.chance.random() < RARE_SHARE else common for common in self._common(count)]

    def make_titles(self, english: "Words") -> tuple[str, str]:
        """Return a title and an original title; films that were not translated have the same as both."""
        original = self.make_title()
        translated = self.language != "en" and self.chance.random() < 0.6
        return (english.make_title() if translated else original), original

    def names(self, count: int) -> list[str]:
        """Return names of people: a first name of few, a last name of many."""
        first = [word.title() for word in self.rare[:800]]
        return [f"{self.chance.choice(first)} {self._choose_rare().title()}" for _ in range(count)]

    def make_title(self) -> str:
        words = self.choose(self.chance.choices((1, 2, 3, 4, 5), (18, 36, 26, 13, 7))[0])
        if self.language in UNSPACED:
            title = "".join(words)
        else:
            title = " ".join(word.title() if len(word) > 3 else word for word in words)
            title = title[0].upper() + title[1:]
            title = f"The {title}" if self.language == "en" and self.chance.random() < 0.25 else title
        return f"{title} {self.chance.randint(2, 9)}" if self.chance.random() < 0.04 else title

    def _common(self, count: int) -> list[str]:
        return self.chance.choices(self.common, cum_weights=self._shares, k=count)

    def _choose_rare(self) -> str:
        # The square makes some of them frequent, as names of places and people are.
        return self.rare[int(RARE_WORDS * self.chance.random() ** 2)]


@cache
def _english_words() -> list[str]:
    """Return the words of the demo catalogue's titles and overviews, the most frequent first."""
    films = json.loads(DEMO.read_text(encoding="utf-8"))
    texts = itertools.chain.from_iterable((film["title"], film["overview"]) for film in films)
    words = Counter(word for text in texts for word in "".join(c if c.isalpha() else " " for c in text).split())
    return [word for word, _ in words.most_common()]
