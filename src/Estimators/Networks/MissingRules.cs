using Microsoft.ML.Introspection.Estimators.Models;
using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Introspection.Estimators.Networks;

/// <summary>Steps for missing values, which are NaN.</summary>
internal static class MissingRules
{
    /// <summary>Something in the place of missing values.</summary>
    public static StepPlan Replacement(StepSite site, MissingValueReplacingTransformer transformer)
    {
        if (!StepSite.IsNumbers(site.Source))
            return StepPlan.Not($"'{site.Source.Name}' holds {site.Source.Item}");
        var values = UnpublishedSteps.Replacements(transformer, site.Index);
        return StepPlan.Of(site.Source.Name, x => Operators.Emit("IsNaN", x)
            .Where(x.Graph.Constant(Tensor.FromDoubles(x.Type, values, values.Length)), x));
    }

    /// <summary>Whether values are missing.</summary>
    public static StepPlan Indicator(StepSite site) => StepSite.IsNumbers(site.Source)
        ? StepPlan.Of(site.Source.Name, x => Operators.Emit("IsNaN", x))
        : StepPlan.Not($"'{site.Source.Name}' holds {site.Source.Item}");
}
