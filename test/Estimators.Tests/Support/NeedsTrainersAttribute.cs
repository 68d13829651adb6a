namespace Microsoft.ML.Introspection.Estimators.Tests.Support;

/// <summary>Tests that train models: skipped where ML.NET is replaced by its stand-in, which has no trainers, or where LightGBM is lacking.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class NeedsTrainersAttribute : ConditionBaseAttribute
{
    public NeedsTrainersAttribute() : base(ConditionMode.Include) =>
        IgnoreMessage = "ML.NET's trainers are not there: the NuGet sources lack Microsoft.ML, Microsoft.ML.FastTree or Microsoft.ML.LightGbm (see build/restore.sh).";

    public override string GroupName => nameof(NeedsTrainersAttribute);

    public override bool IsConditionMet => Training.ArePresent;
}
