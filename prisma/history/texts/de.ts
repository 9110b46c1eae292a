import type { Language } from './exchange.ts'

export const de: Language = {
  exchanges: {
    shade: { subject: 'Schirm für die Stehlampe Marlow', ask: 'Guten Tag, unsere Katze hat den Schirm der Marlow zerlegt. Gibt es den Schirm einzeln, in Dunkelgrün?', answer: 'Ja, 38 cm Durchmesser, 64 Dollar, Dunkelgrün ist da. Soll ich einen zurücklegen?', follow: 'Passt er auch auf die ältere mit dem Messingring?', answerAgain: 'Passt. Bitte die beiden Gummischeiben aufheben.' },
    bulb: { subject: 'Welche Birne für die Alder?', ask: 'Hallo, welche Birne gehört in die Schreibtischlampe Alder? Das Schild ist abgerieben.', answer: 'Eine E14-LED bis 7 Watt, warmweiß 2700 K sieht am schönsten aus.', follow: 'Geht auch eine dimmbare?', answerAgain: 'Ja, aber der Schalter kann nur an und aus. Ein Dimmer kostet 18 Dollar.' },
    delivery: { subject: 'Wo bleibt Bestellung 20467?', ask: 'Bestellung 20467 sollte am Dienstag kommen, die Sendungsverfolgung steht seit vier Tagen still. Können Sie nachsehen?', answer: 'Das tut mir leid. Das Paket liegt im Depot und kommt morgen zwischen 9 und 12 Uhr.', follow: 'Da arbeite ich. Geht es zum Nachbarn in 4B?', answerAgain: 'Ist vermerkt.' },
    flicker: { subject: 'Lampe flackert', ask: 'Die Tern vom Frühjahr flackert nach zehn Minuten, auch mit neuer Birne. Können Sie das reparieren?', answer: 'Ja, auf Garantie. Bitte in die Werkstatt bringen oder schicken, drei Werktage. Bis dahin bitte ausstecken.', follow: 'Gibt es eine Leihlampe?', answerAgain: 'Natürlich, sie steht an der Theke bereit.' },
    rewire: { subject: 'Neue Leitung für eine alte Tischlampe', ask: 'Ich habe eine Tischlampe von etwa 1960 geerbt, das Textilkabel zerfällt. Machen Sie so etwas, und was kostet es?', answer: 'Sehr gern. Textilkabel, Fassung und Stecker: 55 bis 80 Dollar. Ein Foto würde helfen.', follow: 'Hier ist es, der Fuß ist wohl Keramik. Wann darf ich kommen?', answerAgain: 'Ein schönes Stück! Werktags von neun bis fünf. 65 Dollar, in einer Woche fertig.' },
    return: { subject: 'Rückgabe von zwei Wandleuchten', ask: 'Die zwei Wandleuchten sind leider zu groß für unseren Flur, unbenutzt. Wie gebe ich sie zurück?', answer: 'Innerhalb von dreißig Tagen kein Problem. Das Etikett ist in Ihrem Postfach.', follow: 'Bekomme ich auch den Versand erstattet?', answerAgain: 'Ja, alles, zwei bis drei Tage nach Eingang.' },
    bulk: { subject: 'Zwanzig Lampen für ein Restaurant', ask: 'Wir eröffnen im März ein Restaurant und möchten zwanzig kleine Pear. Gibt es einen Preis dafür?', answer: 'Glückwunsch! Ab zwölf Stück zehn Prozent weniger, also 41,40 Dollar.', follow: 'Geht das in zwei Farben?', answerAgain: 'Gern: zehn in Ocker, zehn in Grau, das Angebot kommt.' },
    hours: { subject: 'Samstag geöffnet?', ask: 'Haben Sie diesen Samstag offen, und kann man parken?', answer: 'Ja, von zehn bis sechs. Parken hinter dem Haus, Einfahrt Alder Lane.', follow: 'Auch die Werkstatt?', answerAgain: 'Die ruht am Wochenende, aber Sie können die Lampe an der Theke lassen.' },
    broken: { subject: 'Glaskugel zerbrochen', ask: 'Die Glaskugel kam in Scherben, eingewickelt in ein Blatt Papier. Ich brauche sie morgen und bin wirklich verärgert.', answer: 'Das tut mir sehr leid. Heute geht eine neue per Express hinaus, kostenlos, zurückschicken müssen Sie nichts.', follow: 'Danke, aber es ist das zweite Mal.', answerAgain: 'Ich habe es festgehalten und melde mich am Freitag.' },
    invoice: { subject: 'Rechnung mit falschem Firmennamen', ask: 'Auf der Rechnung 20415 steht unser alter Firmenname. Bitte um Korrektur.', answer: 'Erledigt: 20415-A trägt den neuen Namen, die alte ist storniert.', follow: 'Auch für künftige Bestellungen?', answerAgain: 'Ja, ist geändert.' },
  },
  thanks: ['Wunderbar, danke!', 'Vielen Dank.', 'Das hilft, danke.'],
  bye: 'Gern geschehen. Viel Freude mit dem Licht!',
  question: 'Gern. Welche Nummer steht auf dem Schildchen unter dem Fuß? Dann weiß ich, welches Teil Sie brauchen.',
  impatient: 'Hallo? Ich hatte schon geschrieben und nichts gehört.',
  checkUp: 'Guten Tag, hier Hillside Lamps. Letzte Woche gab es Ärger mit einer Lieferung: Ist jetzt alles heil angekommen?',
  happy: ['schnell und freundlich', 'sehr kompetent'],
  unhappy: ['viel zu lange gewartet', 'schon wieder zerbrochen'],
}
