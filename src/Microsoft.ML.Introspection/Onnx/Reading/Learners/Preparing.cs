namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>What is done to features before a learner sees them.</summary>
internal static class Preparing
{
    // (x − offset)·scale
    public static void Scaler(LearnerSite site)
    {
        var centred = site.Emit("Sub", [site.Numbers(0), Row(site, "offset", 0)]);
        site.Give(0, site.Emit("Mul", [centred, Row(site, "scale", 1)]));
    }

    public static void Binarizer(LearnerSite site)
    {
        var above = site.Emit("Greater", [site.Numbers(0), site.Constant([site.Attributes.Float("threshold")])]);
        site.Give(0, site.Emit("Cast", [above], ("to", (long)ElementType.Float)));
    }

    public static void Imputer(LearnerSite site)
    {
        if (site.Attributes.Ints("imputed_value_int64s") is { Length: > 0 } whole)
        {
            var none = Tensor.Vector(site.Attributes.Int("replaced_value_int64"));
            site.Give(0, Where(site.Emit("Equal", [site.Input(0), site.Constant(none)]), site.Constant(Tensor.Vector<long>(whole))));
            return;
        }
        var values = site.Floats("imputed_value_floats");
        var replaced = site.Attributes.Float("replaced_value_float", float.NaN);
        site.Give(0, Where(float.IsNaN(replaced) ? site.Emit("IsNaN", [site.Input(0)])
            : site.Emit("Equal", [site.Input(0), site.Constant([replaced], 1)]), site.Constant(values, values.Length)));

        string Where(string isMissing, string instead) => site.Emit("Where", [isMissing, instead, site.Input(0)]);
    }

    // Rows over what they sum to: their largest value, the sum of their sizes, or the root of that of their squares. Rows of zeros stay.
    public static void Normalizer(LearnerSite site)
    {
        var (x, last) = (site.Numbers(0), site.Constant(Tensor.Vector(-1L)));
        var norm = site.Attributes.Text("norm", "MAX");
        var size = norm switch
        {
            "MAX" => site.Emit("ReduceMax", [x, last], ("keepdims", 1L)),
            "L1" => site.Emit("ReduceL1", [x, last], ("keepdims", 1L)),
            "L2" => site.Emit("ReduceL2", [x, last], ("keepdims", 1L)),
            _ => throw site.Invalid($"normalises by '{norm}'; MAX, L1 and L2 are known."),
        };
        var isZero = site.Emit("Equal", [size, site.Constant([0], 1)]);
        site.Give(0, site.Emit("Div", [x, site.Emit("Where", [isZero, site.Constant([1], 1), size])]));
    }

    /// <summary>An axis more, as ML.NET writes it.</summary>
    public static void ExpandDims(LearnerSite site)
    {
        var axis = site.Emit("Cast", [site.Input(1)], ("to", (long)ElementType.Int64));
        site.Give(0, site.Emit("Unsqueeze", [site.Input(0), site.Emit("Reshape", [axis, site.Constant(Tensor.Vector(1L))])]));
    }

    public static void FeatureVectorizer(LearnerSite site)
    {
        var sizes = site.Attributes.Ints("inputdimensions");
        if (sizes is not null && sizes.Length != site.Inputs)
            throw site.Invalid($"has {site.Inputs} inputs and tells the sizes of {sizes.Length}.");
        var parts = Enumerable.Range(0, site.Inputs).Select(i =>
        {
            if (sizes is not null && site.ShapeOf(i) is { Rank: > 1 } shape && shape[-1].IsKnown && shape[-1].Value != sizes[i])
                throw site.Unsupported($"says that its input '{site.Input(i)}' has {sizes[i]} numbers, and it has {shape[-1]}.");
            return site.ShapeOf(i) is { Rank: 1 }
                ? site.Emit("Unsqueeze", [site.Numbers(i), site.Constant(Tensor.Vector(-1L))]) : site.Numbers(i);
        }).ToList();
        site.Give(0, site.Emit("Concat", parts, ("axis", -1L)));
    }

    public static void ArrayFeatureExtractor(LearnerSite site)
    {
        var places = site.Emit("Reshape", [site.Input(1), site.Constant(Tensor.Vector(-1L))]);
        var taken = site.Emit("Gather", [site.Input(0), places], ("axis", -1L));
        site.Give(0, site.ShapeOf(0) is { Rank: 1 } ? site.Emit("Unsqueeze", [taken, site.Constant(Tensor.Vector(0L))]) : taken);
    }

    // Each number becomes a row of zeros with a one where it is among the categories.
    public static void OneHotEncoder(LearnerSite site)
    {
        var categories = site.Attributes.Ints("cats_int64s") is { Length: > 0 } list ? list
            : throw site.Unsupported("tells texts apart; only numbers can be explained. Encode the texts before the network.");
        if (site.Attributes.Int("zeros", 1) == 0)
            throw site.Unsupported("fails on numbers that are no category (zeros = 0), which no network does. Export it with zeros = 1.");
        // Numbers with a fraction are cut, as the operator reads them.
        var whole = site.Input(0);
        if (site.TypeOf(0) != ElementType.Int64)
            whole = site.Emit("Cast", [whole], ("to", (long)ElementType.Int64));
        var column = site.Emit("Unsqueeze", [whole, site.Constant(Tensor.Vector(-1L))]);
        var equal = site.Emit("Equal", [column, site.Constant(Tensor.Vector<long>(categories))]);
        site.Give(0, site.Emit("Cast", [equal], ("to", (long)ElementType.Float)));
    }

    // One number for all features, or one for each.
    private static string Row(LearnerSite site, string attribute, float otherwise) =>
        site.Attributes.Floats(attribute) is { Length: > 0 } list ? site.Constant(list, list.Length) : site.Constant([otherwise], 1);
}
