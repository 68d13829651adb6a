using System.Reflection;
using Microsoft.ML.Data;

namespace Microsoft.ML.Introspection.Estimators.Models;

/// <summary>The steps of a fitted pipeline.</summary>
internal static class ChainSteps
{
    /// <summary>What a pipeline applies when it scores, and not in training alone; chains within chains too.</summary>
    public static IEnumerable<ITransformer> Of(ITransformer transformer) => transformer is not IEnumerable<ITransformer> ? [transformer]
        : Scoring(transformer).SelectMany(Of);

    private static IEnumerable<ITransformer> Scoring(ITransformer chain) => chain switch
    {
        TransformerChain<ITransformer> plain => plain.GetModelFor(TransformerScope.Scoring),
        // The chain's last transformer is part of its type, so that there is no one type to call the method on.
        _ when chain.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(TransformerChain<>) =>
            (IEnumerable<ITransformer>)type
            .GetMethod(nameof(TransformerChain<ITransformer>.GetModelFor))!.Invoke(chain, BindingFlags.DoNotWrapExceptions, null,
                [TransformerScope.Scoring], null)!,
        _ => (IEnumerable<ITransformer>)chain,
    };
}
