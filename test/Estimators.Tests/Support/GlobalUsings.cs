// Tests read columns; what is read off a network has the same name in the engine.
global using Reading = Microsoft.ML.Introspection.Estimators.Tests.Support.Reading;
