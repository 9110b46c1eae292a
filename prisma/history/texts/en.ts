import type { Language } from './exchange.ts'

export const en: Language = {
  exchanges: {
    shade: {
      subject: 'Replacement shade for the Marlow floor lamp', ask: 'Hello, our cat has won against the shade of our Marlow floor lamp. Do you sell the shade alone, and in the dark green?',
      answer: 'Yes we do: the Marlow shade is 38 cm across, $64, and dark green is in stock. Shall I set one aside for you?', follow: 'Will it fit the older Marlow with the brass ring too?',
      answerAgain: 'It will, the ring has not changed since 2009. Just keep the two rubber washers.',
    },
    bulb: {
      subject: 'Which bulb for the Alder desk lamp?', ask: 'Hi, which bulb goes into the Alder desk lamp? The label has worn off and I do not want to melt anything.',
      answer: 'An E14 LED of up to 7 watts, warm white 2700 K looks best under that shade. Anything from the supermarket will do.', follow: 'Can I use a dimmable one with the switch in the cable?',
      answerAgain: 'You can, but the switch only knows on and off. A dimmer for that cable is $18, we fit it while you wait.',
    },
    delivery: {
      subject: 'Where is my order 20418?', ask: 'My order 20418 was to arrive on Tuesday. The tracking page has said "in transit" for four days now. Can you find out where it is?',
      answer: 'I am sorry about that. I have just talked to the carrier: it is at the depot and comes tomorrow between 9 and 12. You get a message an hour before.', follow: 'I am at work then. Can they leave it with the neighbour in 4B?',
      answerAgain: 'Done, the driver has a note for 4B.',
    },
    flicker: {
      subject: 'Lamp flickers after ten minutes', ask: 'The Tern lamp I bought in spring starts to flicker after about ten minutes. A new bulb did not help. Is that something you can repair?',
      answer: 'Yes, and it is under warranty. Bring or send it to the workshop, it takes three working days. Please leave it unplugged until then.', follow: 'Could I get one on loan? It is my reading lamp.',
      answerAgain: 'Of course, there is a loan Tern waiting for you at the counter.',
    },
    rewire: {
      subject: 'Rewiring my grandmother’s table lamp', ask: 'I inherited a table lamp from about 1960. The cable is cloth and crumbles. Do you rewire such lamps, and what would it cost?',
      answer: 'Gladly, those are our favourites. A new cloth cable, socket and plug come to $55 to $80, depending on the base. A photo would help.', follow: 'Here it is. The base is ceramic, I think. When could I bring it?',
      answerAgain: 'What a beauty. Any weekday from nine to five, ask for the workshop. $65, ready within a week.',
    },
    return: {
      subject: 'Return of two wall lights', ask: 'The two wall lights I ordered are lovely but too large for our hallway. They are unused. How do I return them?',
      answer: 'No problem within thirty days. I have sent a label to your mailbox: put both into the box they came in and hand it to any parcel shop.', follow: 'Do I get the shipping back as well?',
      answerAgain: 'Yes, all of it, two or three days after the box is here.',
    },
    bulk: {
      subject: 'Twenty lamps for a restaurant', ask: 'We open a restaurant in March and would like twenty of the small Pear table lamps. Is there a price for that many, and could you deliver in February?',
      answer: 'Congratulations! From twelve pieces on it is ten per cent less: $41.40 each. February is fine if you order by the tenth of January.', follow: 'Can we have them in two colours, ten each?',
      answerAgain: 'Certainly, mix as you like. I will send the offer with ten in ochre and ten in grey.',
    },
    hours: {
      subject: 'Open on Saturday?', ask: 'Are you open this Saturday, and is there somewhere to park?', answer: 'We are, from ten to six. Parking is behind the house, come in through Alder Lane.',
      follow: 'And is the workshop open too?', answerAgain: 'The workshop rests at the weekend, but you can leave a lamp at the counter.',
    },
    broken: {
      subject: 'Glass globe arrived broken', ask: 'The glass globe came in a hundred pieces. It was wrapped in one sheet of paper! I needed it for tomorrow and I am really annoyed.',
      answer: 'I am very sorry, that is not how we pack. A new globe leaves today by express, at no cost, and you need not send anything back.', follow: 'Thank you, but this is the second time. Please tell whoever packs these.',
      answerAgain: 'I have, and I have written it up so that it is followed. I will call you on Friday to hear whether the new one came whole.',
    },
    invoice: {
      subject: 'Invoice with the wrong company name', ask: 'The invoice for order 20377 has our old company name on it, so our bookkeeping cannot use it. Could you send a corrected one?',
      answer: 'Attached to your account is the corrected invoice 20377-A with the new name. The old one is cancelled.', follow: 'Could you also change it for future orders?', answerAgain: 'Done, everything from now on carries the new name.',
    },
  },
  thanks: ['Perfect, thank you!', 'Great, thanks a lot.', 'That helps, thank you.', 'Wonderful, you are quick!', 'OK, thanks.'],
  bye: 'You are welcome. Enjoy the light!',
  question: 'Happy to help. Could you tell me the number on the little plate under the base? Then I know which part you need.',
  impatient: 'Hello? I wrote a while ago and have heard nothing.',
  checkUp: 'Hello from Hillside Lamps. You had trouble with a delivery last week: has everything arrived whole now?',
  happy: ['quick and kind', 'she knew exactly what I needed', 'thanks for the loan lamp!', 'very helpful'],
  unhappy: ['had to wait far too long', 'second time it arrived broken', 'nobody called me back as promised'],
}
