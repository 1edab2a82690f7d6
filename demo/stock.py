"""The dozen products of the shop. Prices are in cents and include VAT."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Item:
    """A product as it is put on the shelf; its picture is `static/pictures/<sku>.svg`."""

    sku: str
    category: str
    price: int
    vat_rate: int | None
    title_en: str
    title_de: str
    text_en: str
    text_de: str
    gift_card: bool = False


STOCK = (
    Item(
        sku="tea-evening",
        category="tea",
        price=690,
        vat_rate=7,
        title_en="Evening herb tea, 100 g",
        title_de="Kräutertee Abendruhe, 100 g",
        text_en="Lemon balm, lavender and hops from our own beds, dried slowly in the barn.",
        text_de="Melisse, Lavendel und Hopfen von den eigenen Beeten, langsam in der Scheune getrocknet.",
    ),
    Item(
        sku="tea-meadow",
        category="tea",
        price=750,
        vat_rate=7,
        title_en="Mountain meadow tea, 80 g",
        title_de="Bergwiesentee, 80 g",
        text_en="Yarrow, cornflower, red clover: what stands on the high meadow in June.",
        text_de="Schafgarbe, Kornblume, Rotklee: was im Juni auf der hohen Wiese steht.",
    ),
    Item(
        sku="tea-mint",
        category="tea",
        price=420,
        vat_rate=7,
        title_en="Peppermint, 60 g",
        title_de="Pfefferminze, 60 g",
        text_en="Whole leaves, strong and clear. Two leaves are enough for a cup.",
        text_de="Ganze Blätter, kräftig und klar. Zwei Blätter genügen für eine Tasse.",
    ),
    Item(
        sku="honey-linden",
        category="pantry",
        price=980,
        vat_rate=7,
        title_en="Linden honey, 500 g",
        title_de="Lindenhonig, 500 g",
        text_en="From eleven hives under the old linden avenue, spun cold.",
        text_de="Von elf Völkern unter der alten Lindenallee, kalt geschleudert.",
    ),
    Item(
        sku="jam-rosehip",
        category="pantry",
        price=540,
        vat_rate=7,
        title_en="Rosehip jam, 220 g",
        title_de="Hagebuttenmark, 220 g",
        text_en="Rosehips, a little sugar, nothing else. Good with cheese too.",
        text_de="Hagebutten, etwas Zucker, sonst nichts. Auch gut zu Käse.",
    ),
    Item(
        sku="salt-herbs",
        category="pantry",
        price=490,
        vat_rate=7,
        title_en="Herb salt, 150 g",
        title_de="Kräutersalz, 150 g",
        text_en="Rock salt with lovage, parsley and wild garlic.",
        text_de="Steinsalz mit Liebstöckel, Petersilie und Bärlauch.",
    ),
    Item(
        sku="balm-arnica",
        category="care",
        price=1490,
        vat_rate=19,
        title_en="Arnica balm, 50 ml",
        title_de="Arnika-Balsam, 50 ml",
        text_en="For backs that have been in the garden all day. In a glass jar that we take back.",
        text_de="Für Rücken, die den ganzen Tag im Garten waren. Im Glas, das wir zurücknehmen.",
    ),
    Item(
        sku="cream-calendula",
        category="care",
        price=1190,
        vat_rate=19,
        title_en="Calendula hand cream, 75 ml",
        title_de="Ringelblumen-Handcreme, 75 ml",
        text_en="Calendula in almond oil, with beeswax from our hives.",
        text_de="Ringelblume in Mandelöl, mit Bienenwachs von unseren Völkern.",
    ),
    Item(
        sku="soap-lavender",
        category="care",
        price=550,
        vat_rate=19,
        title_en="Lavender soap, 95 g",
        title_de="Lavendelseife, 95 g",
        text_en="Boiled in the village, cut by hand, ripened for eight weeks.",
        text_de="Im Dorf gesiedet, von Hand geschnitten, acht Wochen gereift.",
    ),
    Item(
        sku="candle-beeswax",
        category="home",
        price=1250,
        vat_rate=19,
        title_en="Beeswax candle",
        title_de="Bienenwachskerze",
        text_en="Poured from pure wax. Burns for about forty hours and smells of summer.",
        text_de="Aus reinem Wachs gegossen. Brennt etwa vierzig Stunden und duftet nach Sommer.",
    ),
    Item(
        sku="towel-linen",
        category="home",
        price=2200,
        vat_rate=19,
        title_en="Linen towel",
        title_de="Leinenhandtuch",
        text_en="Woven in the Swabian hills, 50 by 90 cm. Gets softer every year.",
        text_de="Auf der Schwäbischen Alb gewebt, 50 mal 90 cm. Wird jedes Jahr weicher.",
    ),
    Item(
        sku="card-25",
        category="gifts",
        price=2500,
        vat_rate=None,
        gift_card=True,
        title_en="Gift card, 25 euros",
        title_de="Geschenkkarte, 25 Euro",
        text_en="Comes by e-mail and never expires. Coupons cannot be used on it.",
        text_de="Kommt per E-Mail und verfällt nie. Gutscheine gelten dafür nicht.",
    ),
)
