"""The carriers the platform knows: the 66 measured entries, repeated codes and a trailing space included."""

# Measured in September 2026. Which label carried the trailing space is not recorded; Heppner stands in for it.
_MEASURED = """
4px: 4PX; agd: Agediss; ams: Amazon Shipping; ara: Aramex; asd: Asendia; bps: Bpost; brt: BRT; can: Cainiao;
cdr: Coordinadora; CLogistics: CLOG; clogp30: CChezVous; cne: CNE Express; cnp: China Post; cpr: Colis Privé;
cub: CUBYN; dac: Dachser; dbs: DB Schenker; default: autre; dhldp: Deutsche Post; dhldp: DHL; dpd: DPD;
dsv: DSV dpd; ems: China EMS; erd: Eurodis; fex: FedEx; fwl: FastWL; gef: Gefco; gel: Gel; geo: GEODIS; gls: GLS;
gofo: GofoAfs; hep: Heppner; hmr: Hermes; j&t: AFS; jcex: JCEX; jsp: Jersey Post; khn: Kuehne + Nagel;
landmark-global: Landmark; mal: Malaysia Post; maz: Mazet; med: Med Africa; mre: Mondial Relay; pcc: Chronofresh;
pcc: Chronopost; pcc: Colissimo; pcc: La Poste; pnl: PostNL; rlc: Relais Colis; roy: Royal Mail; ser: Seur;
sfc: SFC Service; sfe: SF Express; sue: SwissUniversalExpress; syp: Sunyou Post; tgt: TONGTUEXPRESS; tnt: TNT;
trk: Trusk; ups: UPS; vcv: VertChezVous; vir: VIR; wan: WanbExpress; war: Warning; wip: WishPost; yan: Yanwen;
ydh: YDH; yun: Yun Express
"""
_TRAILING_SPACE = "Heppner"


def _read(listing: str) -> tuple[dict[str, str], ...]:
    rows = []
    for entry in listing.replace("\n", " ").split(";"):
        code, label = entry.strip().split(": ", 1)
        rows.append({"code": code, "label": label + (" " if label == _TRAILING_SPACE else "")})
    return tuple(rows)


CARRIERS: tuple[dict[str, str], ...] = _read(_MEASURED)

# Who carries the invented parcels of the invented past: label, how a number looks (# digit, @ letter), tracking page.
COMMON: tuple[tuple[str, str, str], ...] = (
    ("Colissimo", "6A###########", "https://www.laposte.fr/outils/suivre-vos-envois?code={number}"),
    ("Chronopost", "XY#########FR", "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={number}"),
    ("Mondial Relay", "########", "https://www.mondialrelay.fr/suivi-de-colis?numeroExpedition={number}"),
    ("DPD", "250############", "https://trace.dpd.fr/fr/trace/{number}"),
    ("GLS", "00@@###@@", "https://gls-group.com/FR/fr/suivi-colis?match={number}"),
    ("GEODIS", "1@########", "https://espace-client.geodis.com/services/destinataires?numero={number}"),
    ("UPS", "1Z@@@###########", "https://www.ups.com/track?tracknum={number}"),
    ("Relais Colis", "@@##########", "https://www.relaiscolis.com/suivi-de-colis/index/tracking?code={number}"),
)
