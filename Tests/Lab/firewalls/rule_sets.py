# SPDX-License-Identifier: Apache-2.0
"""Random firewalls, in the words of iptables-restore(8) and of nft(8).

They are made of what packets of the test meet, so that most rules hold for some of them.
"""

#: The hooks by their names in nft, with the legacy table and chain at them.
HOOKS = {
    "prerouting": ("mangle", "PREROUTING"), "input": ("filter", "INPUT"),
    "forward": ("filter", "FORWARD"), "output": ("filter", "OUTPUT"),
    "postrouting": ("mangle", "POSTROUTING"),
}
_ADDRESSES = (
    "203.0.113.1", "203.0.113.2", "203.0.113.0/24", "203.0.112.0/20", "192.0.2.11", "192.0.2.0/24",
    "198.51.100.10", "198.51.100.0/24", "10.0.0.0/8", "0.0.0.0/1")
_PORTS = ("80", "443", "8080", "1-1023", "1024-65535", "79-81", "22")
_STATES = ("new", "established", "invalid", "untracked", "established,related", "new,untracked")
_LINKS = ("in", "out", "lo", "o", "i")


class Rule:
    """Conditions as (kind, words, inverted), and a verdict."""

    def __init__(self, conditions, verdict):
        self.conditions, self.verdict = conditions, verdict

    def nft(self):
        return " ".join([*(_NFT[kind](value, "!= " if inverted else "")
                           for kind, value, inverted in self.conditions),
                         _NFT_VERDICTS.get(self.verdict, self.verdict)])

    def legacy(self):
        verdict = self.verdict
        if verdict.startswith(("jump ", "goto ")):
            word, chain = verdict.split()
            verdict = f"-{word[0]} {chain}"
        else:
            verdict = _LEGACY_VERDICTS[verdict]
        is_tcp = any(kind in _OF_TCP for kind, _, _ in self.conditions)
        return " ".join(["-p tcp" if is_tcp else "", *(
            _LEGACY[kind](value, "! " if inverted else "")
            for kind, value, inverted in self.conditions), verdict]).strip()


#: Conditions of the legacy tables that need a protocol.
_OF_TCP = ("port", "origin", "ports", "syn")

_NFT = {
    "source": lambda value, no: f"ip saddr {no}{value}",
    "destination": lambda value, no: f"ip daddr {no}{value}",
    "port": lambda value, no: f"tcp dport {no}{value}",
    "origin": lambda value, no: f"tcp sport {no}{value}",
    "ports": lambda value, no: f"tcp dport {no}{{ {value} }}",
    "state": lambda value, no: f"ct state {no}{{ {value} }}",
    "in": lambda value, no: f'iifname {no}"{_beginning(value, "*")}"',
    "out": lambda value, no: f'oifname {no}"{_beginning(value, "*")}"',
    "mark": lambda value, no: f"meta mark {no}{value}",
    "syn": lambda value, no: f"tcp flags & (fin|syn|rst|ack) {no or '== '}syn",
    "limit": lambda value, no: "limit rate 1/hour burst 3 packets",
    "pair": lambda value, no: "ip daddr . tcp dport {0}{{ 203.0.113.1 . 80, {1} }}".format(no, value),
    "map": lambda value, no: f"tcp dport vmap {{ 443 : {value}, 22-79 : drop }}",
}
_NFT_VERDICTS = {
    "mark 7": "meta mark set 7", "mask": "meta mark set meta mark & 0xfffffff0 | 0x3", "next": "counter",
    "reject": "reject"}


def _beginning(value, star):
    return value if len(value) > 1 else value + star


_LEGACY = {
    "source": lambda value, no: f"{no}-s {value}",
    "destination": lambda value, no: f"{no}-d {value}",
    "port": lambda value, no: f"-m tcp {no}--dport {value.replace('-', ':')}",
    "origin": lambda value, no: f"-m tcp {no}--sport {value.replace('-', ':')}",
    "ports": lambda value, no: "-m multiport {0}--dports {1}".format(
        no, value.replace("-", ":").replace(", ", ",")),
    "state": lambda value, no: f"-m conntrack {no}--ctstate {value.upper()}",
    "in": lambda value, no: f"{no}-i {_beginning(value, '+')}",
    "out": lambda value, no: f"{no}-o {_beginning(value, '+')}",
    "mark": lambda value, no: f"-m mark {no}--mark {value}",
    "syn": lambda value, no: f"-m tcp {no}--syn",
    "limit": lambda value, no: "-m limit --limit 1/hour --limit-burst 3",
}
_LEGACY_VERDICTS = {
    "accept": "-j ACCEPT", "drop": "-j DROP", "return": "-j RETURN", "mark 7": "-j MARK --set-mark 7",
    "mask": "-j MARK --set-xmark 0x3/0xf", "next": "", "reject": "-j REJECT"}


def _condition(random, hook, is_nft):
    kinds = ["source", "destination", "port", "origin", "ports", "state", "mark", "syn", "limit"]
    if hook in ("prerouting", "input", "forward"):
        kinds.append("in")
    if hook in ("forward", "output", "postrouting"):
        kinds.append("out")
    if is_nft:
        kinds += ["pair"]
    kind = random.choice(kinds)
    value = {
        "source": _ADDRESSES, "destination": _ADDRESSES, "port": _PORTS, "origin": _PORTS,
        "ports": ("80, 443", "22, 79-81", "1024-2000, 8080"), "state": _STATES, "in": _LINKS,
        "out": _LINKS, "mark": ("7", "3", "0"), "syn": ("",), "limit": ("",),
        "pair": ("203.0.113.2 . 443", "192.0.2.11 . 8080"),
    }[kind]
    return kind, random.choice(value), kind != "limit" and random.random() < 0.25


def _rule(random, hook, chains, is_nft):
    count = random.choice((0, 1, 1, 1, 2, 2, 3))
    conditions = {}
    for _ in range(count):
        kind, *rest = _condition(random, hook, is_nft)
        conditions[kind] = (kind, *rest)
    # The legacy match tcp is there once.
    if not is_nft:
        for kind in [kind for kind in ("port", "origin", "syn") if kind in conditions][1:]:
            del conditions[kind]
    verdicts = ["accept"] * 3 + ["drop"] * 3 + ["return", "mark 7", "mask", "next"]
    if hook in ("input", "forward", "output"):
        verdicts.append("reject")
    verdicts += [f"{word} {chain}" for word in ("jump", "goto") for chain in chains]
    # Marks are for the table mangle in the legacy tables.
    if not is_nft and HOOKS[hook][0] != "mangle":
        verdicts = [verdict for verdict in verdicts if verdict not in ("mark 7", "mask")]
    verdict = random.choice(verdicts)
    if not conditions and verdict in ("drop", "accept", "reject") and random.random() < 0.7:
        verdict = "next"
    rule = Rule(list(conditions.values()), verdict)
    if is_nft and random.random() < 0.1:
        rule = Rule([("map", random.choice(("accept", "drop", "return")), False)], "")
    return rule


def random_rules(random, is_nft):
    """Lines for iptables-restore, or for nft."""
    make = _nft if is_nft else _legacy
    hooks = random.sample(list(HOOKS), random.choice((1, 1, 2, 3)))
    chains = {}
    for hook in hooks:
        own = [f"{hook}1", f"{hook}2"][:random.choice((0, 1, 2))]
        policy = random.choice(("accept", "accept", "drop"))
        rules = {hook: [_rule(random, hook, own, is_nft) for _ in range(random.randint(0, 5))]}
        for place, chain in enumerate(own):
            rules[chain] = [
                _rule(random, hook, own[place + 1:], is_nft) for _ in range(random.randint(0, 3))]
        chains[hook] = (policy, rules)
    return make(chains)


def _nft(chains):
    lines = ["add table ip t"]
    for hook, (policy, rules) in chains.items():
        priority = "mangle" if HOOKS[hook][0] == "mangle" else "filter"
        lines += [f"add chain ip t {chain}" for chain in rules if chain != hook]
        lines.append(f"add chain ip t {hook} {{ type filter hook {hook} priority {priority};"
                     f" policy {policy}; }}")
        for chain, own in rules.items():
            lines += [f"add rule ip t {chain} {rule.nft()}" for rule in own]
    return lines


def _legacy(chains):
    lines = []
    for table in ("mangle", "filter"):
        lines.append(f"*{table}")
        body = []
        for hook, (policy, rules) in chains.items():
            if HOOKS[hook][0] != table:
                continue
            names = {chain: HOOKS[hook][1] if chain == hook else chain for chain in rules}
            for chain, name in names.items():
                lines.append(f":{name} {policy.upper() if chain == hook else '-'} [0:0]")
                body += [f"-A {name} {rule.legacy()}".strip() for rule in rules[chain]]
        lines += body + ["COMMIT"]
    return lines
