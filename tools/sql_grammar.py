"""The part of SQL a question may use: node by node, what is not listed is refused."""

import re

from tools.vocabulary import word_set

STRUCTURE = word_set(
    "Select Union Intersect Except Subquery From Join Where Group Having Order Ordered Limit Offset Fetch "
    "LimitOptions Distinct With CTE Table TableAlias Alias Column Identifier Star Tuple Values Paren "
    "Literal Boolean Null Var DataType DataTypeParam Interval Cast Case If Rollup Cube GroupingSets "
    "Lateral Unnest Explode ExplodingGenerateSeries GenerateSeries Array Bracket Kwarg "
    "JSONPath JSONPathRoot JSONPathKey JSONPathSubscript JSONKeyValue"
)
OPERATORS = word_set(
    "And Or Not EQ NEQ GT GTE LT LTE Is In Between Like ILike Escape Exists Any All NullSafeEQ NullSafeNEQ "
    "Add Sub Mul Div Mod IntDiv Neg Pow DPipe AtTimeZone Overlaps RegexpLike RegexpILike SimilarTo "
    "JSONExtract JSONExtractScalar"
)
FUNCTIONS = word_set(
    "Count Sum Avg Min Max Stddev StddevSamp StddevPop Variance VariancePop Corr CovarSamp CovarPop "
    "RegrSlope RegrIntercept RegrR2 RegrCount PercentileCont PercentileDisc Mode LogicalAnd LogicalOr "
    "GroupConcat Filter WithinGroup Window WindowSpec RowNumber Rank DenseRank PercentRank CumeDist Ntile "
    "Lag Lead FirstValue LastValue NthValue Abs Round Ceil Floor Trunc Sign Sqrt Exp Ln Log Greatest Least "
    "Coalesce Nullif WidthBucket CurrentDate CurrentTimestamp Localtimestamp TimestampTrunc DateTrunc "
    "Extract TimeToStr StrToDate StrToTime Upper Lower Initcap Length Left Right Substring Trim "
    "StrPosition SplitPart Concat ConcatWs ToChar ToNumber Replace Translate Reverse StartsWith Ascii "
    "BitLength Pad Repeat Format Overlay RegexpReplace RegexpCount RegexpSubstr RegexpInstr AnyValue "
    "Grouping RegrSxx RegrSyy RegrSxy BitwiseAndAgg BitwiseOrAgg Cbrt Pi Rand Degrees Radians Sin Cos "
    "Tan Asin Acos Atan Atan2 MakeInterval TimestampFromParts TimeFromParts DateBin JustifyDays "
    "JustifyHours JustifyInterval UnixToTime Localtime ArrayAgg ArraySize ArrayToString ArrayPosition "
    "ArrayRemove StringToArray JSONArrayAgg JSONObjectAgg JSONBObjectAgg"
)
"""sqlglot's names of aggregate, window, date, mathematical, text, array and JSON functions; those that can
make a text longer are measured by `tools.sql_growth`."""
ALLOWED = STRUCTURE | OPERATORS | FUNCTIONS
NAMED = word_set(
    "age make_date every date_part isfinite regr_avgx regr_avgy cardinality octet_length scale min_scale "
    "trim_scale num_nonnulls num_nulls gcd lcm regexp_match regexp_split_to_array json_build_object "
    "jsonb_build_object json_build_array jsonb_build_array jsonb_agg to_json to_jsonb json_array_length "
    "jsonb_array_length json_typeof jsonb_typeof"
)
"""Functions sqlglot has no name of its own for."""
TYPES = word_set(
    "TEXT VARCHAR INT BIGINT SMALLINT DECIMAL FLOAT DOUBLE DATE TIME TIMESTAMP TIMESTAMPTZ BOOLEAN INTERVAL"
)
PARTS = {
    "Select": word_set(
        "expressions from_ from joins where group having order limit offset distinct windows with_ with"
    ),
    "Table": word_set("this db alias"),
    "Join": word_set("this kind side on using method"),
    "With": word_set("expressions recursive"),
    "Lateral": word_set("this alias ordinality"),
    "Unnest": word_set("expressions alias offset"),
}
"""What these kinds of node may consist of: no lock, no sample."""
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ %().,/+-]{0,62}")
UNIT = re.compile(r"[A-Za-z_]{1,20}(?: TO [A-Za-z]{1,10})?|\d{1,4}")
NUMBER = re.compile(r"(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?")
MAX_NODES = 800
MAX_DEPTH = 60
MAX_TABLES = 16

WORDS = {
    "Into": "SELECT INTO makes a table",
    "Lock": "FOR UPDATE and FOR SHARE lock rows",
    "TableSample": "TABLESAMPLE is not supported; use LIMIT",
    "Parameter": "parameters have no value here; write the value",
    "Placeholder": "parameters have no value here; write the value",
    "Operator": "OPERATOR() is not allowed; use the plain operator",
    "TableColumn": "a whole row is not a value; name its columns",
    "Dot": "fields of a row and functions of other schemas cannot be named",
    "Anonymous": "only plain functions over values are allowed: aggregate, window, date, mathematical, text",
    "ByteString": "write texts in plain single quotes",
    "ObjectIdentifier": "only casts to plain types are allowed: text, int, numeric, float, date, timestamp",
}
"""What to say where the kind of node tells what was meant."""

PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
RESERVED = word_set(
    "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean "
    "both case cast char character check coalesce collate collation column concurrently constraint create "
    "cross current_catalog current_date current_role current_schema current_time current_timestamp "
    "current_user day dec decimal default deferrable desc distinct do else end except exists extract "
    "false fetch filter float for foreign freeze from full grant greatest group grouping having hour "
    "ilike in initially inner inout int integer intersect interval into is isnull join json lateral "
    "leading least left like limit localtime localtimestamp merge_action minute month national natural "
    "nchar none normalize not notnull null nullif numeric offset on only or order out outer over overlaps "
    "overlay placing position precision primary real references returning right row second select "
    "session_user setof similar smallint some substring symmetric system_user table tablesample then time "
    "timestamp to trailing treat trim true union unique user using values varchar variadic varying "
    "verbose when where window with within without year"
)
"""PostgreSQL's own list: what these words name has to stand in quotes."""
