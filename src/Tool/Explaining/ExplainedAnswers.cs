using Microsoft.ML.Introspection.Jobs;
using Microsoft.ML.Introspection.Tool.Results;

namespace Microsoft.ML.Introspection.Tool.Explaining;

/// <summary>What methods say of each row.</summary>
/// <param name="Target">The explained class.</param>
/// <param name="Score">The explained score.</param>
/// <param name="Methods">What each method says.</param>
internal sealed record ExplainedAnswers(ResultPort Target, ResultPort Score, IReadOnlyList<ExplainedAnswer> Methods);

/// <summary>What a method says of each row.</summary>
/// <param name="Name">The method.</param>
/// <param name="Gaps">What its attributions lack of the sum, where that is asked for: of all, or of each input alone.</param>
/// <param name="Bases">The score that its attributions start from, likewise; none where it promises no sum.</param>
/// <param name="Parts">Its attributions: of each input, or of a layer.</param>
internal sealed record ExplainedAnswer(
    string Name, IReadOnlyList<ResultPort> Gaps, IReadOnlyList<ResultPort> Bases, IReadOnlyList<ExplainedPart> Parts);

/// <summary>What a method says of one input, or of a layer.</summary>
/// <param name="Of">The input, or layer.</param>
/// <param name="Port">The attributions.</param>
/// <param name="Names">Their names.</param>
internal sealed record ExplainedPart(ExplainedTensor Of, ResultPort Port, IReadOnlyList<string> Names);
