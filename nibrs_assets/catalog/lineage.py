"""Which columns a column is made from, read off the SQL.

The origins of a column are the columns whose **values flow into it**: all that its expression names, the conditions of a CASE, the
arguments and the FILTER of an aggregate included; through CTEs, subqueries, macros and views down to columns of segments, code
tables and the tables that the SQL reads. What only decides which rows there are (join keys, WHERE, GROUP BY) is no origin, but:

- `count(*)` has no value: its origins are what tells the counted rows apart (the key of a table, the line of a segment) and what
  chose them (WHERE)
- `EXISTS (…)`: what tells the rows apart that it looks for
- `row_number()` and its like: what the rows are numbered by (PARTITION BY, ORDER BY)
- a column of a code table, joined to look a code up: that code too, so that a label is followed to the bytes of its code

What says only where a value stands (`injury_number`), and constants, have no origin.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import sqlglot
from sqlglot import exp

from nibrs_assets.catalog.layout_views import columns_behind
from nibrs_assets.catalog.model import LAYERS, REFERENCE, Origin, Table
from nibrs_assets.catalog.parsing import parsed
from nibrs_assets.catalog.reference import reference_tables
from nibrs_assets.catalog.sql_scope import LOOKUPS, NULL, Origins, Relation, Scope, Traced, either, together
from nibrs_assets.catalog.views import WRITTEN, macros, written_view
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.fixed_width.segments import segment_names, segment_schema
from nibrs_assets.layouts.model import Layouts

_COPYING = (exp.AnyValue, exp.First, exp.Paren, exp.Alias)


class LineageError(NibrsError):
    """SQL whose columns can't be followed."""


class Lineage:
    """Follows the columns of SQL over the segments and tables that it has been told of."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self._relations: dict[tuple[str, str], Relation] = {}
        self._macros = dict(map(_macro, filter(None, sqlglot.parse(macros(layouts), read="duckdb"))))

    def trace(self, sql: str) -> Relation:
        """The columns that `sql` returns. Raises `LineageError` where one can't be followed."""
        try:
            return self._query(parsed(sql), Scope())
        except sqlglot.ParseError as error:
            raise LineageError(f"its columns can't be followed, as sqlglot does not read it: {error}") from None

    def add_table(self, layer: str, name: str, columns: Iterable[str], key: Sequence[str]) -> None:
        """Make a table known to the SQL that is traced afterwards."""
        # The year is the same in all rows that SQL sees.
        rows = tuple(Origin(layer, name, column) for column in key if column != "data_year")
        self._relations[layer, name] = Relation(
            tuple((column, Traced((Origin(layer, name, column),), copied=True)) for column in columns), lambda: rows
        )

    def relation(self, schema: str, name: str) -> Relation:
        """The view or table `schema.name`."""
        if (schema, name) not in self._relations:
            self._relations[schema, name] = self._read(schema, name)
        return self._relations[schema, name]

    def _read(self, schema: str, name: str) -> Relation:
        if schema in WRITTEN:
            return self.trace(written_view(schema, name, self._layouts))
        if schema in LAYERS or not schema:
            raise LineageError(f"{name!r} is no table, view or CTE that is known here")
        if schema in ("codes", "year_codes"):
            return _looked_up(
                "codes", name, ["code", "label", "valid_from", "valid_to", *self._layouts.codes[name][0].facts]
            )
        if schema == REFERENCE:
            return _looked_up(schema, name, [column.name for column in self._reference_tables[name].columns])
        behind = (
            {column: [(name, column)] for column in self._segment_columns(name)}
            if schema == "segments"
            else columns_behind(schema, name, self._layouts)
        )
        columns = {
            column: Traced(tuple(Origin("segments", *field) for field in fields), copied=True)
            for column, fields in behind.items()
        }
        return Relation(tuple(columns.items()), lambda: columns["line_number"].origins)

    @functools.cached_property
    def _reference_tables(self) -> dict[str, Table]:
        return reference_tables(self._layouts)

    def _segment_columns(self, segment: str) -> list[str]:
        kind = next(kind for kind in self._layouts.kinds.values() if segment in segment_names(kind))
        return list(segment_schema(kind, segment).names)

    # Queries

    def _query(self, node: exp.Expr, around: Scope) -> Relation:
        ctes = self._ctes(node, around)
        match node:
            case exp.Subquery():
                return self._query(node.this, replace(around, ctes=ctes))
            case exp.SetOperation():
                return self._set_operation(node, replace(around, ctes=ctes))
            case exp.Select():
                return self._select(node, Scope(ctes, around))
            case exp.Values():
                return self._values(node, around)
        raise LineageError(f"{_shown(node)} is no query whose columns can be followed")

    def _ctes(self, node: exp.Expr, around: Scope) -> Mapping[str, Relation]:
        with_ = node.args.get("with_")
        if not with_:
            return around.ctes
        known = dict(around.ctes)
        for cte in with_.expressions:
            if with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                known[cte.alias] = _renamed(self._query(cte.this.left, replace(around, ctes=known)), cte)
            while True:
                found = _renamed(self._query(cte.this, replace(around, ctes=known)), cte)
                settled = cte.alias not in known or known[cte.alias].columns == found.columns
                known[cte.alias] = found
                if settled:
                    break
        return known

    def _set_operation(self, node: exp.SetOperation, around: Scope) -> Relation:
        left = self._query(node.left, around)
        if not isinstance(node, exp.Union):
            return left
        right = self._query(node.right, around)

        def rows() -> Origins:
            return together([*left.rows(), *right.rows()])

        if not node.args.get("by_name"):
            both = zip(left.columns, right.columns, strict=True)
            return Relation(tuple((name, either([one, other])) for (name, one), (_, other) in both), rows)
        names = dict.fromkeys(name for name, _ in (*left.columns, *right.columns))
        return Relation(tuple((name, either(filter(None, [left.get(name), right.get(name)]))) for name in names), rows)

    def _values(self, node: exp.Values, around: Scope) -> Relation:
        rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
        columns = zip(*([self._value(value, around) for value in row] for row in rows), strict=True)
        return Relation(tuple((f"col{index}", either(values)) for index, values in enumerate(columns)))

    def _select(self, node: exp.Select, scope: Scope) -> Relation:
        if from_ := node.args.get("from_"):
            self._add(from_.this, scope)
        for join in [*(node.args.get("joins") or []), *(node.args.get("laterals") or [])]:
            self._join(join, scope)
        scope.counted = functools.cache(lambda: self._rows_in(node, scope))
        columns: list[tuple[str, Traced]] = []
        for projection in node.expressions:
            found = list(self._projection(projection, scope))
            columns += found
            scope.named |= {name: traced for name, traced in found if name}
        return Relation(tuple(columns), functools.cache(lambda: self._rows_of(node, scope, columns)))

    def _add(self, node: exp.Expr, scope: Scope) -> tuple[str, Relation]:
        """Add what stands in FROM or JOIN to the scope."""
        if node.args.get("pivots"):
            raise LineageError(
                f"the columns of {_shown(node)} can't be followed; write the PIVOT as a query of its own"
            )
        relation = _renamed(self._source(node, scope), node)
        added = (node.alias_or_name, relation)
        scope.relations.append(added)
        for join in node.args.get("joins") or []:
            self._join(join, scope)
        return added

    def _source(self, node: exp.Expr, scope: Scope) -> Relation:
        if isinstance(node, exp.Lateral):
            node = node.this
        if isinstance(node, exp.Subquery | exp.Select | exp.Values):
            return self._query(node, Scope(scope.ctes, scope))
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            cte = None if node.db else scope.ctes.get(node.name)
            return cte or self.relation(node.db, node.name)
        # A function: its columns are named by its alias.
        names = [column.name for column in node.args["alias"].columns] if node.args.get("alias") else []
        made = Traced(together(o for argument in node.iter_expressions() for o in self._value(argument, scope).origins))
        return Relation(tuple((name, made) for name in names or [node.alias_or_name]))

    def _join(self, join: exp.Expr, scope: Scope) -> None:
        if isinstance(join, exp.Join) and join.kind in ("SEMI", "ANTI"):
            return
        if join.args.get("method") == "NATURAL":
            raise LineageError("NATURAL JOIN can't be followed; name the columns with USING")
        using = [column.name for column in join.args.get("using") or []]
        before = {name: scope.column(name, "") for name in using}
        alias, relation = self._add(join.this if isinstance(join, exp.Join) else join, scope)
        for name in using:
            ours, theirs = before[name], relation.get(name)
            if not (ours and theirs):
                raise LineageError(f"USING ({name}): one side has no such column")
            scope.merged[name] = {"RIGHT": theirs, "FULL": either([ours, theirs])}.get(
                join.args.get("side") or "", ours
            )
        if relation.is_lookup:
            looked_up = [origin for name in using for origin in scope.merged[name].origins]
            looked_up += relation.rows()
            if on := join.args.get("on"):
                looked_up += self._value(on, scope).origins
            keys = _not_looked_up(looked_up)
            columns = tuple(
                (name, replace(traced, origins=together([*traced.origins, *keys]))) for name, traced in relation.columns
            )
            scope.relations[-1] = (alias, replace(relation, columns=columns))

    def _rows_in(self, node: exp.Select, scope: Scope) -> Origins:
        """What tells the rows apart that the SELECT reads, and chose them."""
        where = node.args.get("where")
        chosen = self._value(where, scope).origins if where else ()
        apart = [origin for _, relation in scope.relations if not relation.is_lookup for origin in relation.rows()]
        return together([*apart, *chosen])

    def _rows_of(self, node: exp.Select, scope: Scope, columns: list[tuple[str, Traced]]) -> Origins:
        """What tells the rows apart that the SELECT returns, and chose them."""
        if node.args.get("distinct"):
            return together(origin for _, traced in columns for origin in traced.origins)
        group = node.args.get("group")
        if not group:
            chosen = node.args.get("qualify")
            return together([*scope.counted(), *(self._value(chosen, scope).origins if chosen else ())])
        having, where = node.args.get("having"), node.args.get("where")
        grouped = [self._grouped(expression, columns, scope) for expression in group.expressions]
        if group.args.get("all"):
            plain = zip(node.expressions, columns, strict=True)
            grouped = [traced.origins for expression, (_, traced) in plain if not expression.find(exp.AggFunc)]
        conditions = [self._value(condition, scope).origins for condition in (where, having) if condition]
        return together(origin for origins in (*grouped, *conditions) for origin in origins)

    def _grouped(self, expression: exp.Expr, columns: list[tuple[str, Traced]], scope: Scope) -> Origins:
        if isinstance(expression, exp.Literal):
            return columns[int(expression.name) - 1][1].origins
        return self._value(expression, scope).origins

    # Expressions

    def _projection(self, node: exp.Expr, scope: Scope) -> Iterator[tuple[str, Traced]]:
        star = node.this if isinstance(node, exp.Column) else node
        if isinstance(star, exp.Star):
            yield from self._star(star, node.args.get("table"), scope)
        elif isinstance(node, exp.Explode) and node.expressions:
            yield from self._unnested(node, scope)
        elif node.find(exp.Columns):
            raise LineageError(f"{_shown(node)} can't be followed; name the columns")
        else:
            yield node.alias_or_name, self._value(node, scope)

    def _star(self, star: exp.Star, of: exp.Identifier | None, scope: Scope) -> Iterator[tuple[str, Traced]]:
        columns = scope.all_columns() if of is None else _relation_of(scope, of.name).columns
        left_out = {column.name for column in star.args.get("except_") or []}
        replaced = {made.alias: self._value(made, scope) for made in star.args.get("replace") or []}
        renamed = {made.this.name: made.alias for made in star.args.get("rename") or []}
        for name, traced in columns:
            if name not in left_out:
                yield renamed.get(name, name), replaced.get(name, traced)

    def _unnested(self, node: exp.Explode, scope: Scope) -> Iterator[tuple[str, Traced]]:
        """The columns of `unnest([{…}, …], recursive := true)`."""
        structs = node.this.expressions if isinstance(node.this, exp.Array) else []
        if not structs or not all(isinstance(struct, exp.Struct) for struct in structs):
            raise LineageError(f"{_shown(node)} can't be followed; it must be a list of structs, written out")
        values: dict[str, list[Traced]] = {}
        for struct in structs:
            for member in struct.expressions:
                values.setdefault(member.name, []).append(self._value(member.expression, scope))
        yield from ((name, either(found)) for name, found in values.items())

    def _value(self, node: exp.Expr, scope: Scope) -> Traced:
        """What flows into the value of an expression."""
        match node:
            case exp.Null():
                traced = NULL
            case exp.Column():
                traced = self._column(node, scope)
            case exp.Exists() if isinstance(node.this, exp.Query):
                traced = Traced(self._query(node.this, Scope(scope.ctes, scope)).rows())
            case exp.Query():
                traced = self._subquery(node, scope)
            case exp.Count() if not node.this or isinstance(node.this, exp.Star):
                traced = Traced(scope.counted())
            case exp.Window():
                function = self._value(node.this, scope)
                traced = function if function.origins else self._parts(node, scope)
            case exp.Anonymous() if node.name.lower() in self._macros:
                traced = self._expanded(node, scope)
            case _:
                traced = self._parts(node, scope)
        keeps = isinstance(node, (exp.Null, exp.Column, *_COPYING))
        return traced if keeps else replace(traced, copied=False)

    def _subquery(self, node: exp.Query, scope: Scope) -> Traced:
        made = self._query(node, Scope(scope.ctes, scope))
        origins = together(origin for _, column in made.columns for origin in column.origins)
        looked_up = _not_looked_up(made.rows()) if made.is_lookup else []
        return Traced(together([*origins, *looked_up]) or made.rows())

    def _parts(self, node: exp.Expr, scope: Scope) -> Traced:
        return either(
            [self._value(part, scope) for part in node.iter_expressions() if not isinstance(part, exp.Identifier)]
        )

    def _column(self, node: exp.Column, scope: Scope) -> Traced:
        found = scope.column(node.name, node.table)
        if not found:
            raise LineageError(f"{_shown(node)} is no column that is known there")
        return found

    def _expanded(self, call: exp.Anonymous, scope: Scope) -> Traced:
        parameters, body = self._macros[call.name.lower()]
        given = [self._value(argument, scope) for argument in call.expressions]
        inside = Scope(named=dict(zip(parameters, given, strict=True)))
        return self._value(body, inside)


def _macro(statement: exp.Expr) -> tuple[str, tuple[list[str], exp.Expr]]:
    function = statement.this
    if not (isinstance(statement, exp.Create) and isinstance(function, exp.UserDefinedFunction)):
        raise LineageError(f"{_shown(statement)}: macros.sql holds macros only")
    return function.this.name.lower(), ([parameter.name for parameter in function.expressions], statement.expression)


def _renamed(relation: Relation, node: exp.Expr) -> Relation:
    """`relation` under the column names that its alias gives, as in `AS a(x, y)`."""
    alias = node.args.get("alias")
    given = [column.name for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
    kept = [name for name, _ in relation.columns[len(given) :]]
    named = zip([*given, *kept], relation.columns, strict=True)
    return replace(relation, columns=tuple((name, traced) for name, (_, traced) in named))


def _looked_up(layer: str, name: str, columns: Sequence[str]) -> Relation:
    return Relation(tuple((column, Traced((Origin(layer, name, column),), copied=True)) for column in columns))


def _relation_of(scope: Scope, alias: str) -> Relation:
    for known, relation in scope.relations:
        if known.lower() == alias.lower():
            return relation
    raise LineageError(f"{alias}.* is of nothing in FROM")


def _not_looked_up(origins: Iterable[Origin]) -> list[Origin]:
    return [origin for origin in origins if origin.layer not in LOOKUPS]


def _shown(node: exp.Expr) -> str:
    text = node.sql("duckdb")
    return f"{text[:60]}…" if len(text) > 60 else text
