"""What the invented French shops sell and to whom: products, people, streets, companies, pickup points."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Product:
    """One article; price in cents, commission in hundredths of a percent, VAT in percent, days to prepare it."""

    sku: str
    title: str
    price: int
    commission: int = 1500
    vat: float = 20
    days: int = 2
    shipping: int = 0
    condition: str = "New"
    mode: str = ""  # sold through the platform's warehouse when "Fulfillment"; "" follows the order


PRODUCTS: tuple[Product, ...] = (
    Product("LAMPE-ARC-01", "Lampadaire arqué en métal noir", 13990, 1200, shipping=599),
    Product("MUG-GRES-BLEU", "Mug en grès bleu 35 cl", 1990),
    Product("PLAID-LIN-180", "Plaid en lin 180 x 130", 2490, mode="Fulfillment"),
    Product(
        "TABLE-CHENE-160", "Table à manger en chêne massif 160 x 90 cm, 6 couverts", 45900, 1200, days=9, shipping=4990
    ),
    Product("CHAISE-SCAND-X4", "Lot de 4 chaises scandinaves, pieds en hêtre", 15999, 1200, days=4, shipping=1490),
    Product("COUETTE-4S-220", "Couette 4 saisons 220 x 240 cm anti-acariens", 6990),
    Product("OREILLER-MEM-X2", "Lot de 2 oreillers à mémoire de forme", 3990, mode="Fulfillment"),
    Product("ASPI-BALAI-22V", "Aspirateur balai sans fil 22,2 V, autonomie 45 min", 11990, 900, shipping=390),
    Product("BOUILLOIRE-17", "Bouilloire électrique inox 1,7 L à température réglable", 3490, 900),
    Product("CAFET-ITAL-6T", "Cafetière à l’italienne 6 tasses, compatible induction", 2290),
    Product("POELE-28-IND", "Poêle antiadhésive Ø 28 cm tous feux dont induction", 2690),
    Product("COCOTTE-FONTE-26", "Cocotte en fonte émaillée ronde 26 cm, rouge cerise", 7990, shipping=690),
    Product("COUTEAU-SANT-18", "Couteau santoku 18 cm, manche en olivier", 4490),
    Product("THE-VERT-500", "Thé vert à la menthe en vrac, sachet de 500 g", 1290, vat=5.5),
    Product("MIEL-LAV-1KG", "Miel de lavande de Provence, pot de 1 kg", 1890, vat=5.5),
    Product("LIVRE-CUIS-VEG", "Livre « Cuisine végétale des quatre saisons »", 2495, vat=5.5),
    Product("JEU-BOIS-PUZ", "Puzzle éducatif en bois, 24 pièces, dès 3 ans", 1490),
    Product(
        "POUSS-COMP", "Poussette compacte pliable d’une main, homologuée cabine", 18900, 1000, days=3, shipping=990
    ),
    Product("VELO-ENF-16", "Vélo enfant 16 pouces avec stabilisateurs", 12900, 1000, days=5, shipping=1990),
    Product("TENTE-3P", "Tente 3 places imperméable 3 000 mm", 8990, mode="Xdock"),
    Product("SAC-RANDO-40", "Sac à dos de randonnée 40 L avec housse de pluie", 5490),
    Product("GOURDE-750", "Gourde isotherme inox 750 ml", 1990, mode="Fulfillment"),
    Product("LAMPE-FRONT", "Lampe frontale rechargeable 400 lm", 2490),
    Product("PERCEUSE-18V", "Perceuse-visseuse à percussion 18 V, 2 batteries 2 Ah", 9990, 900, shipping=490),
    Product("COFFRET-108", "Coffret de 108 outils chrome-vanadium", 7490, 900, shipping=690),
    Product("PEINT-BLANC-10", "Peinture murale blanc mat 10 L, sans odeur", 4990, shipping=990),
    Product("TUYAU-ARR-25", "Tuyau d’arrosage extensible 25 m avec pistolet 8 jets", 3190),
    Product("PARASOL-3M", "Parasol déporté 3 m inclinable, toile anti-UV", 10990, shipping=1490, days=4),
    Product(
        "SALON-JARDIN-4P",
        "Salon de jardin 4 places en résine tressée, coussins écrus",
        34900,
        1200,
        days=10,
        shipping=5990,
    ),
    Product("CROQ-CHAT-10", "Croquettes chat stérilisé au saumon 10 kg", 3890, shipping=490),
    Product("ARBRE-CHAT-150", "Arbre à chat 150 cm avec griffoirs en sisal", 6490, shipping=590),
    Product("CABLE-USBC-2M", "Câble USB-C 2 m tressé, charge rapide 100 W", 1290, 1300, mode="Fulfillment"),
    Product("CHARG-65W", "Chargeur mural GaN 65 W, 3 ports", 2990, 1300),
    Product("ECOUT-BT-5", "Écouteurs sans fil Bluetooth 5.3 à réduction de bruit", 4990, 800),
    Product(
        "TEL-REC-64", "Smartphone reconditionné 64 Go, débloqué, très bon état", 17900, 800, condition="Refurbished"
    ),
    Product("CLAV-AZERTY", "Clavier mécanique AZERTY rétroéclairé", 6990, 800),
    Product("ECRAN-27-QHD", "Écran 27 pouces QHD 165 Hz", 22990, 700, shipping=790),
    Product("IMPRIM-LASER", "Imprimante laser monochrome recto verso", 14990, 700, shipping=690),
    Product("RAMETTE-X5", "Carton de 5 ramettes papier A4 80 g", 2990, shipping=590),
    Product("ENCRE-XL-4", "Pack de 4 cartouches d’encre compatibles XL", 2190, 1500),
    Product("PNEU-205-55", "Pneu été 205/55 R16 91V", 6590, 1000, shipping=450),
    Product("BATT-12V-70", "Batterie voiture 12 V 70 Ah 640 A", 8990, 1000, shipping=890),
    Product("CREME-KARITE", "Crème corps au beurre de karité 400 ml", 1590),
    Product("TONDEUSE-BRB", "Tondeuse barbe étanche, 20 hauteurs de coupe", 3490, 1100),
    Product(
        "ETAG-BIBLIO-5N-CHENE-NOIR-180X80X33-V2",
        "Étagère bibliothèque industrielle à cinq niveaux en panneaux de particules effet chêne et structure en acier "
        "noir mat, 180 x 80 x 33 cm, charge 30 kg par niveau, pieds réglables, fixation murale "
        "anti-basculement fournie, pour salon, bureau ou entrée, montage facile en moins de trente minutes",
        8999,
        1200,
        days=3,
        shipping=990,
    ),
    Product("RIDEAU-OCC-X2", "Paire de rideaux occultants à œillets 140 x 260 cm, bleu canard", 3990),
    Product("GUIRL-LED-20", "Guirlande guinguette LED 20 m, 30 ampoules", 4590),
    Product(
        "VASE-CERAM", "Vase en céramique artisanale (légère imperfection d’émail)", 2790, condition="VeryGoodState"
    ),
)

FIRST_NAMES: tuple[tuple[str, str], ...] = (
    ("Mme", "Solène"), ("M.", "Yanis"), ("Mme", "Éloïse"), ("M.", "François-Xavier"), ("Mme", "Anaïs"), ("M.", "Loïc"),
    ("Mme", "Zoé"), ("M.", "Gaël"), ("Mme", "Inès"), ("M.", "Mathéo"), ("Mme", "Aïcha"), ("M.", "Rémi"),
    ("Mme", "Clémence"), ("M.", "Hervé"), ("Mme", "Noémie"), ("M.", "Jérôme"), ("Mme", "Mélusine"), ("M.", "Théophile"),
    ("Mme", "Capucine"), ("M.", "Ousmane"), ("Mme", "Maëlys"), ("M.", "Cédric"), ("Mme", "Béatrice"),
    ("M.", "Stéphane"),
    ("Mme", "Marie-Ange"), ("M.", "Noël"), ("Mme", "Fatou"), ("M.", "Bastien"), ("Mme", "Hélène"), ("M.", "Kévin"),
)  # fmt: skip
LAST_NAMES: tuple[str, ...] = (
    "Marchadier", "Quéméneur", "Lefèvre-Duval", "Béranger", "N’Guessan", "Le Goff", "d’Aubigny", "Castaing", "Müller",
    "Roussel", "Kerbrat", "Ferrand", "Benhaïm", "Charpentier", "Joubert", "Lacroix", "Vasseur", "Delattre", "Pons",
    "Guérin", "Haddad", "Tessier", "Moreau", "Bouchaïb", "Étienne", "Rivière", "Combes", "Traoré", "Garnier",
    "Da Silva",
    "Pélissier", "Weiss", "Colin", "Barthélemy", "Sauvage", "Nguyen", "Fabre", "Çelik", "Arnoux", "Peyrat",
)  # fmt: skip
STREETS: tuple[str, ...] = (
    "rue des Tanneurs", "quai de la Fosse", "avenue de la République", "rue de l’Église", "impasse du Moulin",
    "boulevard Saint-Michel",
    "chemin des Écoliers", "place de l’Hôtel-de-Ville", "rue Émile-Zola", "allée des Tilleuls",
    "rue du Général-Leclerc", "route de Lyon", "cours Mirabeau", "rue du Faubourg-Saint-Antoine", "sente des Vignes",
)  # fmt: skip
EXTRAS: tuple[str | None, ...] = (
    None,
    None,
    None,
    "Bâtiment C",
    "Appartement 12, 3e étage",
    "Résidence Les Glycines",
    "Lieu-dit Kerhuon",
)
CITIES: tuple[tuple[str, str], ...] = (
    ("37000", "Tours"), ("44000", "Nantes"), ("75011", "Paris"), ("69003", "Lyon"), ("13008", "Marseille"),
    ("33000", "Bordeaux"),
    ("59800", "Lille"), ("67000", "Strasbourg"), ("35000", "Rennes"), ("31000", "Toulouse"), ("06000", "Nice"),
    ("34000", "Montpellier"),
    ("29200", "Brest"), ("42000", "Saint-Étienne"), ("83400", "Hyères"), ("64200", "Biarritz"),
    ("20000", "Ajaccio"), ("97400", "Saint-Denis"),
    ("62100", "Calais"), ("73000", "Chambéry"), ("56100", "Lorient"), ("88400", "Gérardmer"),
    ("01710", "Thoiry"), ("60200", "Compiègne"),
)  # fmt: skip
ABROAD: tuple[tuple[str, str, str], ...] = (
    ("1000", "Bruxelles", "BE"),
    ("L-1855", "Luxembourg", "LU"),
    ("28013", "Madrid", "ES"),
    ("4000", "Liège", "be"),
)
COMPANIES: tuple[str, ...] = (
    "Menuiserie Béranger SARL", "Cabinet d’architecture Pons & Associés", "Hôtel de l’Étoile", "École Sainte-Hélène",
    "Boulangerie Au Bon Épi", "Clinique vétérinaire des Lices", "SAS Atelier du Nord", "Mairie de Saint-Prix",
)  # fmt: skip
PICKUPS: tuple[tuple[str, str], ...] = (
    ("FR-024518", "Tabac Le Balto"), ("FR-018834", "Pressing de l’Étoile"),
    ("FR-099120", "Épicerie Chez Aïda"), ("FR-044071", "Librairie Le Chat perché"),
)  # fmt: skip
PAYMENTS: tuple[str | None, ...] = ("Card", "Card", "Card", "Card", "PayPal", "CardFourTimes", None)


@cache
def gtin(position: int) -> str:
    """The EAN-13 of the product at `position`, with a right check digit."""
    body = f"3701234{56000 + position * 7:05d}"
    check = (10 - sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10) % 10
    return f"{body}{check}"


def vat_number(rng_number: int) -> str:
    """A French VAT number with a right key over an invented nine-digit SIREN."""
    siren = 900_000_000 + rng_number % 99_999_999
    return f"FR{(12 + 3 * (siren % 97)) % 97:02d}{siren}"
