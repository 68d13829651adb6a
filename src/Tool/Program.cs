using Microsoft.ML.Introspection.Tool;

return await Introspect.RunAsync(args, Terminal.OfProcess());
