using Microsoft.ML.Introspection.Importers.TensorFlow.Proto;
using Microsoft.ML.Introspection.Onnx;
using static Microsoft.ML.Introspection.Importers.TensorFlow.Families.Rule;

namespace Microsoft.ML.Introspection.Importers.TensorFlow.Families;

/// <summary>Functions of single elements, of one tensor or of several that broadcast.</summary>
internal static class Elementwise
{
    public static IReadOnlyDictionary<string, TranslationRule> Rules { get; } = new Dictionary<string, TranslationRule>
    {
        ["Relu"] = Same("Relu"),
        ["Relu6"] = Each((x, _) => x.Clip(0, 6)),
        ["LeakyRelu"] = Each((x, s) => Operators.Emit("LeakyRelu", Onnx.Attributes.Of(("alpha", s.Attributes.Float("alpha", 0.2f))), x)),
        ["Elu"] = Same("Elu"),
        ["Selu"] = Same("Selu"),
        ["Sigmoid"] = Same("Sigmoid"),
        ["Tanh"] = Same("Tanh"),
        ["Softplus"] = Same("Softplus"),
        ["Softsign"] = Same("Softsign"),
        ["Erf"] = Same("Erf"),
        ["Erfc"] = Each((x, _) => 1 - x.Erf()),
        ["Exp"] = Same("Exp"),
        ["Expm1"] = Each((x, _) => x.Exp() - 1),
        ["Log"] = Same("Log"),
        ["Log1p"] = Each((x, _) => (x + 1).Log()),
        ["Sqrt"] = Same("Sqrt"),
        ["Rsqrt"] = Each((x, _) => x.Sqrt().Reciprocal()),
        ["Square"] = Each((x, _) => x * x),
        ["Reciprocal"] = Same("Reciprocal"),
        ["Inv"] = Same("Reciprocal"),
        ["Neg"] = Same("Neg"),
        ["Abs"] = Same("Abs"),
        ["Sign"] = Same("Sign"),
        ["Floor"] = Same("Floor"),
        ["Ceil"] = Same("Ceil"),
        ["Round"] = Each((x, _) => x.Type.IsFloating() ? Operators.Emit("Round", x) : x),
        ["Rint"] = Same("Round"),
        ["Sin"] = Same("Sin"),
        ["Cos"] = Same("Cos"),
        ["Tan"] = Same("Tan"),
        ["Asin"] = Same("Asin"),
        ["Acos"] = Same("Acos"),
        ["Atan"] = Same("Atan"),
        ["Sinh"] = Same("Sinh"),
        ["Cosh"] = Same("Cosh"),
        ["Asinh"] = Same("Asinh"),
        ["Acosh"] = Same("Acosh"),
        ["Atanh"] = Same("Atanh"),
        ["IsNan"] = Same("IsNaN"),
        ["IsInf"] = Same("IsInf"),
        ["IsFinite"] = Each((x, _) => Operators.Emit("Or", Operators.Emit("IsNaN", x), Operators.Emit("IsInf", x)).Not()),
        ["LogicalNot"] = Same("Not"),
        ["ZerosLike"] = One(s => s.X.FullLike(0)),
        ["OnesLike"] = One(s => s.X.FullLike(1)),
        ["Cast"] = One(Cast),
        ["Bucketize"] = One(Bucketize),
        ["ClipByValue"] = One(s => s.Input(0).Maximum(s.Input(1)).Minimum(s.Input(2))),

        ["Add"] = One(s => Extent(s, (a, b) => a + b, s.Translation.Biased(s.Input(0), s.Input(1)) ?? s.Input(0) + s.Input(1))),
        ["AddV2"] = One(s => Extent(s, (a, b) => a + b, s.Translation.Biased(s.Input(0), s.Input(1)) ?? s.Input(0) + s.Input(1))),
        ["AddN"] = One(s => s.Inputs.Aggregate((sum, x) => sum + x)),
        ["Sub"] = One(s => Extent(s, Difference, s.Input(0) - s.Input(1))),
        ["Mul"] = One(s => Extent(s, (a, b) => a * b, s.Input(0) * s.Input(1))),
        ["RealDiv"] = One(s => s.Input(0) / s.Input(1)),
        ["Div"] = One(s => s.Input(0) / s.Input(1)),
        ["TruncateDiv"] = One(s => s.Input(0) / s.Input(1)),
        ["DivNoNan"] = One(s => WhereZero(s.Input(1), s.Input(0), (x, y) => x / y)),
        ["MulNoNan"] = One(s => WhereZero(s.Input(1), s.Input(0), (x, _) => x * s.Input(1))),
        ["Xdivy"] = One(s => WhereZero(s.Input(0), s.Input(0), (x, _) => x / s.Input(1))),
        ["Xlogy"] = One(s => WhereZero(s.Input(0), s.Input(0), (x, _) => x * s.Input(1).Log())),
        ["FloorDiv"] = One(s => Extent(s, Quotient, FloorDivision(s.Input(0), s.Input(1)))),
        ["FloorMod"] = One(s => FloorRemainder(s.Input(0), s.Input(1))),
        ["Mod"] = One(s => Operators.Emit("Mod", Onnx.Attributes.Of(("fmod", 1L)), s.Input(0), s.Input(1))),
        ["TruncateMod"] = One(s => Operators.Emit("Mod", Onnx.Attributes.Of(("fmod", 1L)), s.Input(0), s.Input(1))),
        ["Pow"] = One(s => s.Input(1).Constant is { Count: 1 } exponent && s.Input(1).Rank == 0 && s.X.Type.IsFloating()
            ? s.X.Pow(exponent.ToDouble()[0]) : s.X.Pow(s.Input(1))),
        ["SquaredDifference"] = One(s => (s.Input(0) - s.Input(1)) is var difference ? difference * difference : null!),
        ["Maximum"] = One(s => Bounded(s, isLower: true)
            ?? Pinned(s.Input(0), s.Input(1), "Min", (most, bound) => most <= bound)
            ?? s.Input(0).Maximum(s.Input(1))),
        ["Minimum"] = One(s => Bounded(s, isLower: false)
            ?? Pinned(s.Input(0), s.Input(1), "Max", (least, bound) => least >= bound)
            ?? s.Input(0).Minimum(s.Input(1))),
        ["Equal"] = One(s => s.Input(0).EqualTo(s.Input(1))),
        ["NotEqual"] = One(s => s.Input(0).EqualTo(s.Input(1)).Not()),
        ["Less"] = One(s => s.Input(0).Less(s.Input(1))),
        ["LessEqual"] = One(s => Operators.Emit("LessOrEqual", s.Input(0), s.Input(1))),
        ["Greater"] = One(s => s.Input(0).Greater(s.Input(1))),
        ["GreaterEqual"] = One(s => s.Input(0).GreaterOrEqual(s.Input(1))),
        ["LogicalAnd"] = One(s => s.Input(0).And(s.Input(1))),
        ["LogicalOr"] = One(s => Operators.Emit("Or", s.Input(0), s.Input(1))),
        ["SelectV2"] = One(s => s.Input(0).Where(s.Input(1), s.Input(2))),
        ["Select"] = One(s => Rows(s.Input(0), s.Input(1)).Where(s.Input(1), s.Input(2))),
    };

    // How many of the boundaries, which are sorted, each number reaches.
    private static Value Bucketize(OperatorSite s)
    {
        var boundaries = s.Attributes.Floats("boundaries");
        if (boundaries.Length == 0)
            return s.X.FullLike(0).Cast(ElementType.Int64);
        var reached = s.X.Cast(ElementType.Float).Unsqueeze(-1).GreaterOrEqual(s.Graph.Constant(Tensor.Vector<float>(boundaries)));
        return reached.Cast(ElementType.Int64).ReduceSum([s.X.Rank], keepDimensions: false);
    }

    private static Value Cast(OperatorSite s)
    {
        var to = DataTypes.Computed(s.Attributes.Element("DstT"));
        return s.Translation.Extents.Note(s.X.Cast(to), to == ElementType.Int64 ? s.Extents(0) : null);
    }

    // Extents of tensors, a number or a list each, are kept as such.
    private static Value Extent(OperatorSite s, Func<Dimension, Dimension, Dimension> function, Value written)
    {
        if (written.Constant is not null || written.Type != ElementType.Int64 || written.Rank > 1
            || s.Extents(0) is not { } left || s.Extents(1) is not { } right)
            return written;
        var count = Math.Max(left.Length, right.Length);
        Dimension[] extents =
            [.. Enumerable.Range(0, count).Select(i => function(left[left.Length == 1 ? 0 : i], right[right.Length == 1 ? 0 : i]))];
        return s.Written(extents, written.Rank == 0, () => written);
    }

    private static Dimension Difference(Dimension a, Dimension b) =>
        a.IsKnown && b.IsKnown && a.Value >= b.Value ? a.Value - b.Value : b == 0 ? a : a == b ? 0 : Dimension.Unknown;

    private static Dimension Quotient(Dimension a, Dimension b) => !b.IsKnown || b.Value == 0 || a.IsUnknown ? Dimension.Unknown
        : a.IsKnown ? a.Value / b.Value
        : a.Factor % b.Value == 0 ? Dimension.Symbol(a.Name!) * (a.Factor / b.Value) : Dimension.Unknown;

    private static Value FloorRemainder(Value x, Value y) =>
        x.Type.IsFloating() ? x - FloorDivision(x, y) * y : Operators.Emit("Mod", x, y);

    private static Value FloorDivision(Value x, Value y) =>
        x.Type.IsFloating() ? Operators.Emit("Floor", x / y) : (x - Operators.Emit("Mod", x, y)) / y;

    private static Value WhereZero(Value condition, Value x, Func<Value, Value, Value> otherwise)
    {
        var isZero = condition.EqualTo(condition.Like(0));
        var result = otherwise(x, isZero.Where(condition.Like(1), condition));
        return isZero.Where(result.Like(0), result);
    }

    // Something between two equal numbers is that number; TensorFlow says so of extents.
    private static Value? Pinned(Value x, Value y, string other, Func<long, long, bool> reaches)
    {
        var (number, inner) = x.Constant is not null ? (x, y) : (y, x);
        return number.Type == ElementType.Int64 && number.Constant?.ToInt64() is [var bound] && inner.Producer is { } producer
            && producer.OperatorType == other && producer.Inputs.Any(i => i!.Constant?.ToInt64() is [var least] && reaches(least, bound))
            && number.Rank >= inner.Rank ? number : null;
    }

    // A bound that is one number is a clipping, whose gradient on the bound is that of TensorFlow's.
    private static Value? Bounded(OperatorSite s, bool isLower)
    {
        var (x, bound) = s.Input(1).Constant is { Count: 1 } ? (s.Input(0), s.Input(1)) : (s.Input(1), s.Input(0));
        if (x.Constant is not null || bound.Rank != 0 || x.Type != ElementType.Float || bound.Constant?.ToDouble() is not [var number])
            return null;
        return isLower ? number == 0 ? x.Relu() : x.Clip(number, null) : x.Clip(null, number);
    }

    // The older choice takes a list of conditions for whole rows.
    private static Value Rows(Value condition, Value x) => condition.Rank == 1 && x.Rank > 1
        ? condition.Unsqueeze([.. Enumerable.Range(1, x.Rank - 1).Select(i => (long)i)]) : condition;
}
