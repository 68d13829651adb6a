namespace Microsoft.ML.Introspection.Onnx.Reading.Learners;

/// <summary>The labels that classifiers give beside their scores, where labels are numbers; texts were taken away before.</summary>
internal static class ClassifierEnds
{
    /// <summary>The label of the largest score.</summary>
    public static void GiveLabel(LearnerSite site, string scores, IReadOnlyList<long> labels)
    {
        if (!site.Gives(0))
            return;
        var best = site.Emit("ArgMax", [scores], ("axis", -1L), ("keepdims", 0L));
        site.Give(0, site.Emit("Gather", [site.Constant(Tensor.Vector<long>([.. labels])), best]));
    }

    /// <summary>The second label where a single score is above zero.</summary>
    public static void GiveLabelBySign(LearnerSite site, string score, IReadOnlyList<long> labels)
    {
        if (!site.Gives(0))
            return;
        var isSecond = site.Emit("Squeeze", [site.Emit("Greater", [score, site.Constant([0], 1)]), site.Constant(Tensor.Vector(-1L))]);
        site.Give(0, site.Emit("Where",
            [isSecond, site.Constant(Tensor.Vector(labels[1])), site.Constant(Tensor.Vector(labels[0]))]));
    }
}
